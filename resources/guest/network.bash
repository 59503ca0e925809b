# shellcheck shell=bash
# Names the adapters lan0 and wan0 and gives them their addresses, by MAC. With lan_vlan the LAN adapter is trunk0, and
# lan0 is the VLAN on it: whatever is configured later finds the LAN at lan0 in both cases.
: "${root:=}"

folder=/etc/systemd/network

# Prints `name mac` per adapter. A VLAN interface is none: it has the MAC of its parent.
adapters() {
  local line
  while read -r line; do
    [[ $line =~ ^[0-9]+:\ ([^:@ ]+)(@if[0-9]+)?:.*\ link/ether\ ([0-9a-f:]{17}) ]] || continue
    local name=${BASH_REMATCH[1]} mac=${BASH_REMATCH[3]}
    if [[ $line =~ \ permaddr\ ([0-9a-f:]{17}) ]]; then mac=${BASH_REMATCH[1]}; fi
    printf '%s %s\n' "$name" "$mac"
  done < <(ip -o link show)
}

# Sets name_of and mac_of by role. Without edge.nics the first adapter is the LAN, as in the image's descriptor.
choose_adapters() {
  declare -gA name_of=() mac_of=()
  local nics=${site[edge.nics]-} name mac role entry roles=(lan wan) at=0
  declare -A wanted=()
  for entry in ${nics//,/ }; do
    mac=${entry%=*} role=${entry#*=}
    [[ -z ${mac_of[$role]-} ]] || refuse 'edge.nics twice' || return
    mac_of[$role]=${mac,,}
    wanted[${mac,,}]=$role
  done
  while read -r name mac; do
    role=${wanted[$mac]-}
    if [[ -z $nics ]]; then role=${roles[at++]-}; fi
    if [[ -n $role ]]; then name_of[$role]=$name mac_of[$role]=$mac; fi
  done < <(adapters)
  for role in "${!mac_of[@]}" lan; do
    [[ -n ${name_of[$role]-} ]] || refuse "edge.nics $role" || return
  done
  [[ -z ${site[wan_ip]-} || -n ${name_of[wan]-} ]] || refuse 'edge.nics wan'
}

# rename_adapter ROLE NAME: now, and by udev at each boot.
rename_adapter() {
  printf '[Match]\nPermanentMACAddress=%s\n\n[Link]\nName=%s\nMACAddressPolicy=none\n' "${mac_of[$1]}" "$2" |
    write_file "$folder/10-edge-$1.link" 644 || return
  [[ ${name_of[$1]} == "$2" ]] || { ip link set dev "${name_of[$1]}" down && ip link set dev "${name_of[$1]}" name "$2"; }
}

# The sections of lan0 after [Match].
lan_settings() {
  printf '\n[Network]\nAddress=%s/%s\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' "${site[lan_ip]}" "${site[lan_prefix]}"
  # The gateways' own lan_gateway is the address that they share.
  if [[ -n ${site[lan_gateway]-} && -z ${site[wan_gateway]-} && ${site[component]-} != edge-gw ]]; then
    printf 'Gateway=%s\n' "${site[lan_gateway]}"
  fi
}

wan_settings() {
  local address
  printf '\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n'
  for address in ${site[wan_ip]//,/ }; do printf 'Address=%s/%s\n' "$address" "${site[wan_prefix]}"; done
  if [[ -n ${site[wan_gateway]-} ]]; then printf 'Gateway=%s\n' "${site[wan_gateway]}"; fi
}

set_addresses() {
  local lan=lan0 role spare=0
  choose_adapters || return
  rm -f "$root$folder"/10-edge-*
  # A name may be taken by the other adapter when the site data changed between two attempts.
  for role in "${!name_of[@]}"; do
    ip link set dev "${name_of[$role]}" down && ip link set dev "${name_of[$role]}" name "edge-spare$spare" || return
    name_of[$role]=edge-spare$((spare++))
  done
  if [[ -n ${site[lan_vlan]-} ]]; then
    lan=trunk0
    printf '[Match]\nPermanentMACAddress=%s\n\n[Network]\nVLAN=lan0\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' \
      "${mac_of[lan]}" | write_file "$folder/10-edge-trunk.network" 644 || return
    printf '[NetDev]\nName=lan0\nKind=vlan\n\n[VLAN]\nId=%s\n' "${site[lan_vlan]}" |
      write_file "$folder/10-edge-lan.netdev" 644 || return
    { printf '[Match]\nName=lan0\nType=vlan\n' && lan_settings; } |
      write_file "$folder/10-edge-lan.network" 644 || return
  else
    { printf '[Match]\nPermanentMACAddress=%s\n' "${mac_of[lan]}" && lan_settings; } |
      write_file "$folder/10-edge-lan.network" 644 || return
  fi
  rename_adapter lan "$lan" || return
  [[ -n ${name_of[wan]-} ]] || return 0
  rename_adapter wan wan0 || return
  [[ -z ${site[wan_ip]-} ]] || { printf '[Match]\nPermanentMACAddress=%s\n' "${mac_of[wan]}" && wan_settings; } |
    write_file "$folder/10-edge-wan.network" 644
}
