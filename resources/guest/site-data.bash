# shellcheck shell=bash
# Reads the site data of this machine from guestinfo.ovfEnv or from a seed, and checks it. The names and the syntax of
# the values are those of docs/image-contract.md. A function that fails leaves the reason in $refusal.

declare -A site=()
refusal=''

octet='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
ipv4="$octet\.$octet\.$octet\.$octet"
# Counts of repetitions are kept small: a large one takes the C library seconds.
label='[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
nic='([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}=(lan|wan)'
prefix='([1-9]|[12][0-9]|3[0-2])'

declare -A syntax=(
  [hostname]="^$label\$"
  [component]='^[a-z][a-z0-9-]*$'
  [fqdn]="^$label(\.$label)*\$"
  [lan_ip]="^$ipv4\$"
  [lan_prefix]="^$prefix\$"
  [lan_gateway]="^$ipv4\$"
  [lan_vlan]='^([1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-4])$'
  [wan_ip]="^$ipv4(,$ipv4)*\$"
  [wan_prefix]="^$prefix\$"
  [wan_gateway]="^$ipv4\$"
  [dns]="^$ipv4(,$ipv4)*\$"
  [ssh_authorized_key]='^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*( .*)?$'
  [edge.nics]="^$nic(,$nic)*\$"
)

declare -A longest=([hostname]=63 [component]=63 [fqdn]=253)

refuse() {
  # shellcheck disable=SC2034 # read by the caller
  refusal=$1
  return 1
}

# Keeps a known property. An empty value counts as none; a second value is refused, since it may have been smuggled in.
# The name is checked first: bash evaluates what stands in a subscript.
keep() {
  [[ $1 =~ ^[a-z_.]+$ && -n ${syntax[$1]-} && -n $2 ]] || return 0
  [[ -z ${site[$1]-} ]] || refuse "$1 twice" || return
  site[$1]=$2
}

# Decodes the entities of an attribute into $decoded. No accepted value holds `& < > " '`, so that text which ESXi did not
# escape reads the same.
decode() {
  local rest=$1 code
  decoded=''
  while [[ $rest =~ \&(lt|gt|quot|apos|amp|#([0-9]{2,3})|#x([0-9A-Fa-f]{2}))\; ]]; do
    decoded+=${rest%%"${BASH_REMATCH[0]}"*}
    rest=${rest#*"${BASH_REMATCH[0]}"}
    case ${BASH_REMATCH[1]} in
      lt) decoded+='<' ;;
      gt) decoded+='>' ;;
      quot) decoded+='"' ;;
      apos) decoded+="'" ;;
      amp) decoded+='&' ;;
      *)
        code=$((${BASH_REMATCH[2]:+10#${BASH_REMATCH[2]}}${BASH_REMATCH[3]:+16#${BASH_REMATCH[3]}}))
        if ((code >= 32 && code < 127)); then printf -v code '\\x%02x' "$code" && printf -v code '%b' "$code"; else code='<'; fi
        decoded+=$code
        ;;
    esac
  done
  decoded+=$rest
}

# read_ovf_env TEXT: the properties of an OVF environment (DSP0243, section 11). Those of other machines of a vApp follow in
# <Entity> and are left out.
read_ovf_env() {
  local tags=() tag key value decoded
  local attribute="^([A-Za-z:]+)[[:space:]]*=[[:space:]]*(\"[^\"]*\"|'[^']*')[[:space:]]*"
  mapfile -t -d '<' tags <<<"$1"
  for tag in "${tags[@]}"; do
    [[ ! $tag =~ ^([A-Za-z]+:)?Entity[[:space:]/\>] ]] || break
    [[ $tag =~ ^([A-Za-z]+:)?Property[[:space:]]+ ]] || continue
    tag=${tag:${#BASH_REMATCH[0]}} key='' value=''
    while [[ $tag =~ $attribute ]]; do
      tag=${tag:${#BASH_REMATCH[0]}}
      case ${BASH_REMATCH[1]##*:} in
        key) key=${BASH_REMATCH[2]:1:-1} ;;
        value) value=${BASH_REMATCH[2]:1:-1} ;;
      esac
    done
    # A quote in text that ESXi did not escape ends the value too early: something is left then.
    [[ $tag =~ ^/?\>[[:space:]]*$ ]] || refuse ovfEnv || return
    decode "$value"
    keep "$key" "$decoded" || return
  done
}

# read_seed FILE: lines `name=value`; the value is the rest of the line as it is.
read_seed() {
  local line
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line%$'\r'}
    [[ $line == *=* ]] || continue
    keep "${line%%=*}" "${line#*=}" || return
  done < <(head -c 65536 "$1")
}

# Checks every value, and that none is missing.
check_site() {
  local name
  for name in "${!site[@]}"; do
    [[ ${site[$name]} =~ ${syntax[$name]} && ${#site[$name]} -le ${longest[$name]:-2000} ]] || refuse "$name" || return
  done
  for name in hostname lan_ip lan_prefix; do
    [[ -n ${site[$name]-} ]] || refuse "$name missing" || return
  done
  [[ -z ${site[wan_ip]-} || -n ${site[wan_prefix]-} ]] || refuse 'wan_prefix missing' || return
  [[ -n ${site[ssh_authorized_key]-} ]] || return 0
  # shellcheck disable=SC2086 # type and key; the comment is left out
  set -- ${site[ssh_authorized_key]}
  site[ssh_authorized_key]="$1 $2"
  ssh-keygen -l -f - <<<"$1 $2" >/dev/null 2>&1 || refuse ssh_authorized_key
}
