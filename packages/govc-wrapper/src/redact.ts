const replacement = '[redacted]';

/** Replaces every secret, plain or as it looks in a URL, in XML, in JSON and in Go's quoted strings. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.filter((secret) => secret !== '').flatMap(spellings);
  // Longest first: a shorter form may be part of a longer one.
  const ordered = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  return (text) => ordered.reduce((rest, form) => rest.split(form).join(replacement), text);
}

function spellings(secret: string): string[] {
  const url = encodeURIComponent(secret);
  const xml = secret
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&#34;')
    .replace(/'/g, '&#39;');
  const json = JSON.stringify(secret).slice(1, -1);
  const goJson = json.replace(/&/g, '\\u0026').replace(/</g, '\\u003c').replace(/>/g, '\\u003e');
  return [secret, url, url.replace(/%20/g, '+'), xml, json, goJson];
}
