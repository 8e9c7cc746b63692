#!/bin/sh
# A key and a certificate for one grading cluster, and Dask's settings that name them:
#     sh deploy/certificates.sh FOLDER
# Whoever has the key can run anything on every machine of the cluster. The certificate ends after 180 days.
set -eu
settings=$(cd "$(dirname "$0")" && pwd)/dask.yaml
[ $# -eq 1 ] || { echo "certificates: name a folder to make: sh deploy/certificates.sh FOLDER" >&2; exit 2; }
[ ! -e "$1" ] || { echo "certificates: $1 is there already: remove it, or name another folder" >&2; exit 1; }
command -v openssl >/dev/null 2>&1 || { echo "certificates: openssl is missing: install it" >&2; exit 1; }
umask 077 # nobody else reads the key
mkdir -p "$1"
cd "$1"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 180 -subj "/CN=seq2vit grading" \
  -keyout key.pem -out cert.pem 2>openssl.log || { cat openssl.log >&2; exit 1; }
rm openssl.log
echo '*' >.gitignore # a key belongs into no repository
sed "s|/etc/dask/|$(pwd)/|g" "$settings" >dask.yaml
echo "certificates: made cert.pem, key.pem and dask.yaml. On each machine: export DASK_CONFIG=$(pwd)/dask.yaml"
