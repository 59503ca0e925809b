#!/bin/sh
# Makes the VMs of a list with plain govc, one by one, like an engineer's script: import with an options file, hardware,
# growth of the system disk, data disks; one command at the end powers on all VMs of a host.
#
#   baseline.sh LIST          one lane
#   baseline.sh LIST hosts    one lane per host
#
# LIST has a line per VM, its fields separated by bars: GOVC_URL, name, OVA, datastore, options file, vCPU, MB of memory,
# GB of the system disk, data disks as datastore=GB separated by blanks, and more arguments of the import. User and password are
# in GOVC_USERNAME and GOVC_PASSWORD. govc keeps its sessions, which is its default.
set -eu
list=$1

make_vm() {
  govc import.ova -options="$5" -ds="$4" ${10:+${10}} "$3" > /dev/null
  govc vm.change -vm "$2" -c "$6" -m "$7"
  govc vm.disk.change -vm "$2" -disk.label 'Hard disk 1' -size "$8G"
  number=0
  for disk in $9; do
    number=$((number + 1))
    govc vm.disk.create -vm "$2" -ds "${disk%=*}" -name "$2-data-$number" -size "${disk#*=}G" > /dev/null
  done
}

lane() {
  names=
  while IFS="|" read -r url name ova datastore options cpus memory system disks more; do
    [ "$url" = "$1" ] || continue
    export GOVC_URL="$url"
    make_vm "$url" "$name" "$ova" "$datastore" "$options" "$cpus" "$memory" "$system" "$disks" "$more"
    names="$names $name"
  done < "$list"
  # Names of VMs have no blanks.
  govc vm.power -on $names > /dev/null
}

for url in $(cut -d '|' -f 1 "$list" | sort -u); do
  if [ "${2:-}" = hosts ]; then lane "$url" & else lane "$url"; fi
done
wait
