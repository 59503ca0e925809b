#!/bin/sh
# The first process of a bed, in a mount and a PID namespace of its own. FOLDER becomes a tmpfs only the bed sees.
# It waits until its standard input closes. When it ends, the kernel ends every process of the bed, and with them all
# namespaces, cables and mounts: also when the owner was killed.
set -eu
mount -t tmpfs -o mode=755 bed "$1"
echo ready
cat > /dev/null
