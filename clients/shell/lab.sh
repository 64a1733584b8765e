# Who is who, and the few words a shell needs for JSON, base64url and bearer tokens.

login=https://login.microsoftonline.com
version='api-version=2025-07-01'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# field NAME: the first text of that name in the JSON on standard input.
field() { grep -o "\"$1\": *\"[^\"]*\"" | head -n 1 | sed 's/^[^:]*: *"//; s/"$//'; }

# has PATTERN [FILE]: whether it is in there. It reads to the end, so that nobody writes into a closed pipe.
has() { grep "$@" >/dev/null; }

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
from_base64url() { tr -- '-_' '+/' | awk '{ while (length($0) % 4) $0 = $0 "="; print }' | openssl base64 -d -A; }

summary=$(curl --silent --fail "$KEYSTAY_LAB/lab/state-summary" | tr -d '\n')
vault=https://$(field vault_host <<<"$summary")
app=$(field ready_app <<<"$summary")
operator=$(grep -o '"operator": *{[^}]*}' <<<"$summary")
home=$(grep -o '"home": *{[^}]*}' <<<"$summary" | field id)
juniper=$(grep -o '"juniper": *{[^}]*}' <<<"$summary" | field id)

# token TENANT FIELD...: asks Entra for a token with these form fields.
token() {
  local tenant=$1
  shift
  local fields=(--data-urlencode grant_type=client_credentials)
  for one in "$@"; do fields+=(--data-urlencode "$one"); done
  curl --silent "${fields[@]}" "$login/$tenant/oauth2/v2.0/token"
}

# operations RESOURCE: a token of the vendor's operations.
operations() {
  token "$home" "client_id=$(field client_id <<<"$operator")" "client_secret=$(field client_secret <<<"$operator")" \
    "scope=$1/.default" | field access_token
}

# ask METHOD PATH [BODY]: a request to the vault.
ask() {
  local bearer=${bearer:-$(operations https://vault.azure.net)}
  curl --silent --request "$1" --header "Authorization: Bearer $bearer" --header 'Content-Type: application/json' \
    ${3:+--data "$3"} "$vault$2?$version"
}

# sha256 of standard input, as the vault wants a digest.
digest() { openssl dgst -sha256 -binary | base64url; }

# assertion_start CERTIFICATE.PEM: header and claims of a client assertion of the ready app for Juniper.
assertion_start() {
  local now thumbprint
  now=$(date +%s)
  thumbprint=$(openssl x509 -in "$1" -outform DER | openssl dgst -sha256 -binary | base64url)
  printf '%s.%s' \
    "$(printf '{"alg":"PS256","typ":"JWT","x5t#S256":"%s"}' "$thumbprint" | base64url)" \
    "$(printf '{"aud":"%s","iss":"%s","sub":"%s","jti":"%s","nbf":%d,"exp":%d}' \
      "$login/$juniper/oauth2/v2.0/token" "$app" "$app" "$(openssl rand -hex 16)" "$now" $((now + 300)) | base64url)"
}

# by_assertion ASSERTION: a Graph token of the ready app at Juniper.
by_assertion() {
  token "$juniper" "client_id=$app" scope=https://graph.microsoft.com/.default \
    client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer "client_assertion=$1"
}

# certificate NAME EXPORTABLE: makes one and leaves its PFX in $work/NAME.pfx.
certificate() {
  ask POST "/certificates/$1/create" "{\"policy\":{\"issuer\":{\"name\":\"Self\"},\"key_props\":{\"exportable\":$2},
    \"secret_props\":{\"contentType\":\"application/x-pkcs12\"},\"x509_props\":{\"subject\":\"CN=$1\"}}}" >/dev/null
  ask GET "/secrets/$1" | field value | openssl base64 -d -A >"$work/$1.pfx"
  openssl pkcs12 -in "$work/$1.pfx" -passin pass: -nodes -out "$work/$1.pem"
}
