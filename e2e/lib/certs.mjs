// An authority of the test's own, and certificates that it signs.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { tempDir } from './proc.mjs';

const config = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
default_days = 2
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
`;

/**
 * Makes an authority. cert is its certificate's file and pem its text; issue makes
 * {key, cert}, files of a certificate for names ("DNS:…", "IP:…") that is valid
 * for two days, or between from and to (YYYYMMDDHHMMSSZ).
 */
export async function authority(t) {
  const dir = await tempDir(t);
  const file = (name) => path.join(dir, name);
  const openssl = (...args) => promisify(execFile)('openssl', args, { cwd: dir });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-config', file('config')];
  await writeFile(file('config'), config);
  await writeFile(file('index.txt'), '');
  await openssl('req', '-x509', ...key, '-days', '3', '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=framewise test authority',
    '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign');
  let made = 0;
  const issue = async ({ names = ['DNS:localhost', 'IP:127.0.0.1'], from, to } = {}) => {
    const own = (ending) => file(`${made}.${ending}`);
    made++;
    await openssl('req', '-new', ...key, '-keyout', own('key'), '-out', own('csr'), '-subj', '/CN=framewise test', '-addext', `subjectAltName=${names.join(',')}`);
    await openssl('ca', '-batch', '-notext', '-config', file('config'), '-cert', file('ca.pem'), '-keyfile', file('ca.key'), '-in', own('csr'), '-out', own('pem'),
      ...(from ? ['-startdate', from, '-enddate', to] : []));
    return { key: own('key'), cert: own('pem') };
  };
  return { cert: file('ca.pem'), pem: await readFile(file('ca.pem'), 'utf8'), issue };
}
