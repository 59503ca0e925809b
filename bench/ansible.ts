/**
 * An Ansible playbook that puts the same files on the gateways as the product and starts the same services, in the same
 * order.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import type { GatewayLaboratory } from '../tests/integration/gateway/gateway-laboratory.ts';
import type { Gateway } from '../tests/testbed/gateway.ts';
import { checkout } from '../tests/testbed/root.ts';

/** What the product did on one gateway. */
export interface Work {
  readonly gateway: Gateway;
  readonly files: readonly string[];
  readonly services: readonly { readonly unit: string; readonly action: string }[];
}

const venv = join(checkout, 'build', 'ansible', 'bin', 'ansible-playbook');

/** The program, or how to get it. */
export function findAnsible(): { readonly program: string } | { readonly missing: string } {
  if (existsSync(venv)) return { program: venv };
  if (spawnSync('sh', ['-c', 'command -v ansible-playbook']).status === 0) return { program: 'ansible-playbook' };
  const venvCommand = 'python3 -m venv build/ansible && build/ansible/bin/pip install ansible-core';
  return { missing: `ansible-playbook is missing (Debian package ansible-core, or: ${venvCommand})` };
}

/** Debian packages with the Python that Ansible's modules need on a host, as patterns. The gateways' image has none. */
const pythonPackages = "python3-minimal 'python3.*-minimal' 'libpython3.*-minimal' 'libpython3.*-stdlib' libexpat1";

/** Copies this computer's Python to a gateway; the bed has the same Debian release. */
export async function installPython(gateway: Gateway): Promise<void> {
  const installed = `dpkg-query -W -f '\${db:Status-Abbrev}\${binary:Package}\\n' ${pythonPackages} | sed -n 's/^ii //p'`;
  const list = `dpkg-query -L $(${installed}) | while read -r at; do [ -d "$at" ] || echo "$at"; done`;
  const archive = spawnSync('sh', ['-c', `${list} | tar -C / -cf - --no-recursion -T - 2>/dev/null`], {
    maxBuffer: 256 * 1024 * 1024,
  });
  await gateway.must(['tar', '-C', '/', '-xf', '-'], { input: archive.stdout });
  await gateway.must(['python3', '-c', 'import json, tempfile, shutil, hashlib, platform']);
}

const config = `[defaults]
host_key_checking = False
retry_files_enabled = False
interpreter_python = /usr/bin/python3
gathering = explicit
[ssh_connection]
pipelining = True
ssh_args = -o ControlMaster=auto -o ControlPersist=60s
`;

/** Without validation of the files, without a rollback, and without a look at other people's changes. */
const playbook = `- hosts: gateways
  serial: 1
  gather_facts: false
  tasks:
    - file: { path: "{{ item }}", state: directory, mode: "0755" }
      loop: "{{ folders }}"
    - copy: { src: "{{ item.src }}", dest: "{{ item.path }}", mode: "{{ item.mode }}" }
      loop: "{{ files }}"
      loop_control: { label: "{{ item.path }}" }
      register: copied
    - command: systemctl daemon-reload
      when: copied.changed
    - shell: "systemctl is-enabled --quiet {{ item.unit }} || systemctl enable --quiet {{ item.unit }}; systemctl {{ item.action }} {{ item.unit }}"
      loop: "{{ services }}"
      when: copied.changed
`;

/** Writes playbook, inventory and files. The value: the command that applies them. */
export async function writePlaybook(
  lab: GatewayLaboratory,
  program: string,
  work: readonly Work[],
): Promise<readonly string[]> {
  const folder = lab.at('ansible');
  const hosts: Record<string, unknown> = {};
  for (const { gateway, files, services } of work) {
    const entries = [];
    for (const [index, path] of files.entries()) {
      const src = join(folder, gateway.name, `${index}`);
      await mkdir(dirname(src), { recursive: true });
      await writeFile(src, (await gateway.read(path)) ?? '', { mode: 0o600 });
      entries.push({ src, path, mode: `0${(await gateway.must(['stat', '-c', '%a', path])).trim()}` });
    }
    hosts[gateway.name] = {
      ansible_host: gateway.lan,
      ansible_user: 'root',
      ansible_ssh_private_key_file: lab.at('bootstrap'),
      files: entries,
      services,
      folders: [...new Set(files.map((path) => dirname(path)))].filter(
        (one) => one.endsWith('.d') || one.includes('edge'),
      ),
    };
  }
  const inventory = { gateways: { hosts } };
  await writeFile(join(folder, 'ansible.cfg'), config);
  await writeFile(join(folder, 'playbook.yaml'), playbook);
  await writeFile(join(folder, 'inventory.json'), JSON.stringify(inventory));
  return ['env', `ANSIBLE_CONFIG=${join(folder, 'ansible.cfg')}`, `HOME=${folder}`, program].concat(
    ['-i', join(folder, 'inventory.json')],
    [join(folder, 'playbook.yaml')],
  );
}
