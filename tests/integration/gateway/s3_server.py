"""A server that stores objects whose AWS Signature Version 4 is valid. Arguments: certificate, secret key."""
import hashlib
import hmac
import http.server
import re
import ssl
import sys
import urllib.parse


def keyed(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Bucket(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        found = re.search(r"Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)", self.headers["Authorization"])
        credential, names, signature = found.groups()
        _, date, region, service, _ = credential.split("/")
        # As S3 does: the path is decoded, and encoded again by the rules of the signature.
        path = urllib.parse.quote(urllib.parse.unquote(self.path), safe="/-_.~")
        headers = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names.split(";"))
        request = "\n".join(["PUT", path, "", headers, names, self.headers["x-amz-content-sha256"]])
        scope = f"{date}/{region}/{service}/aws4_request"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", self.headers["x-amz-date"], scope, digest])
        key = ("AWS4" + sys.argv[2]).encode()
        for part in (date, region, service, "aws4_request"):
            key = keyed(key, part)
        good = hmac.compare_digest(hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), signature)
        print("good" if good else "bad", urllib.parse.unquote(self.path), body[:2] == b"\x1f\x8b", flush=True)
        self.send_response(200 if good else 403)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 9443), Bucket)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
