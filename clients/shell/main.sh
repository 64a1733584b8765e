#!/usr/bin/env bash
# What curl and openssl make of the lab: `keystay lab exec -- bash main.sh`, in this folder.
set -euo pipefail
cd "$(dirname "$0")"
source report.sh

secret() { operations https://vault.azure.net | has '^eyJ'; }
case_of credentials "client secret" secret

signed_here() {
  ask GET /secrets/harbor-export | field value | openssl base64 -d -A >"$work/export.pfx"
  openssl pkcs12 -in "$work/export.pfx" -passin pass: -nodes -out "$work/export.pem"
  unsigned=$(assertion_start "$work/export.pem")
  signature=$(printf %s "$unsigned" | openssl dgst -sha256 -sign "$work/export.pem" \
    -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest | base64url)
  by_assertion "$unsigned.$signature" | field access_token | has '^eyJ'
}
case_of credentials "assertion signed by the program" signed_here

signed_by_vault() {
  ask GET /certificates/harbor-signer | field cer | openssl base64 -d -A | openssl x509 -inform DER -out "$work/signer.pem"
  unsigned=$(assertion_start "$work/signer.pem")
  value=$(printf %s "$unsigned" | digest)
  signature=$(ask POST /keys/harbor-signer/sign "{\"alg\":\"PS256\",\"value\":\"$value\"}" | field value)
  by_assertion "$unsigned.$signature" | field access_token | has '^eyJ'
}
case_of credentials "assertion signed by the vault, with a key that never leaves it" signed_by_vault

managed_identity() {
  curl --silent --header "X-IDENTITY-HEADER: $IDENTITY_HEADER" \
    "$IDENTITY_ENDPOINT?api-version=2019-08-01&resource=https://vault.azure.net" | field access_token | has '^eyJ'
}
case_of credentials "managed identity, App Service" managed_identity

no_consent() {
  token "$juniper" client_id=4a8b0000-0000-4000-8000-00000000ffff client_secret=none \
    scope=https://graph.microsoft.com/.default | has AADSTS700016
}
case_of tokens "no consent: AADSTS700016" no_consent

challenge() {
  curl --silent --suppress-connect-headers --include "$vault/secrets/harbor-export?$version" | tr -d '\r' >"$work/answer"
  head -n 1 "$work/answer" | has ' 401'
  has -i "^www-authenticate: Bearer authorization=\"$login/$home\", resource=\"https://vault.azure.net\"" "$work/answer"
}
case_of challenge "401 says where tokens come from" challenge

# openssl verifies with the public key that openssl finds in the certificate
vault_signs() {
  certificate "$1" "$2"
  openssl x509 -in "$work/$1.pem" -pubkey -noout >"$work/public.pem"
  printf 'the data' >"$work/data"
  value=$(digest <"$work/data")
  ask POST "/keys/$1/sign" "{\"alg\":\"PS256\",\"value\":\"$value\"}" | field value | from_base64url >"$work/signature"
  openssl dgst -sha256 -verify "$work/public.pem" -signature "$work/signature" \
    -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest "$work/data"
}

not_exportable() {
  vault_signs stays false
  ! has 'PRIVATE KEY' "$work/stays.pem"
}
case_of certificates "not exportable: the PFX holds no key, and the vault signs with it" not_exportable

exportable() {
  vault_signs leaves true
  cmp <(openssl pkey -in "$work/leaves.pem" -pubout) "$work/public.pem"
}
case_of certificates "exportable: the PFX holds the very key the vault signs with" exportable

elliptic() {
  for curve in P-256 P-384 P-521; do
    ask POST "/keys/elliptic$curve/create" "{\"kty\":\"EC\",\"crv\":\"$curve\"}" | has "\"crv\":\"$curve\""
  done
}
case_of keys "EC keys: create" elliptic

secrets() {
  ask PUT /secrets/spoken '{"value":"a word"}' >/dev/null
  test "$(ask GET /secrets/spoken | field value)" = "a word"
}
case_of secrets "set, read" secrets

not_found() { ask GET /secrets/no-such-thing | has SecretNotFound; }
case_of errors "404 for what is not there" not_found

old_version() { version='api-version=2015-01-01' ask GET /secrets | has BadParameter; }
case_of errors "400 for an api-version nobody knows" old_version

elsewhere() { ! curl --silent --fail https://example.com/; }
case_of network "a host the lab does not play is refused" elsewhere

exit $((failed > 0))
