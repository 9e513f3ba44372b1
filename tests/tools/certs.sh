#!/usr/bin/env bash
# certs.sh DIR — makes a CA and a server certificate for localhost and 127.0.0.1, for tests only.
#   DIR/ca.pem             what the client trusts
#   DIR/cert.pem key.pem   what the server shows (signed by the CA: rustls takes no CA certificate as a server's)
set -euo pipefail
dir=${1:?usage: certs.sh DIR}
mkdir -p "$dir"
cd "$dir"
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -days 30 -subj '/CN=Chairside test CA' \
  -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign' 2>openssl.log
openssl req "${key[@]}" -keyout key.pem -out leaf.csr -subj '/CN=localhost' 2>>openssl.log
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -days 30 -out cert.pem -extfile <(
  echo 'basicConstraints=critical,CA:FALSE'
  echo 'extendedKeyUsage=serverAuth'
  echo 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
) 2>>openssl.log
rm -f leaf.csr
