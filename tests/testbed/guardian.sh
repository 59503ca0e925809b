#!/bin/sh
# The first process of a bed, in its own mount and PID namespace. FOLDER becomes a tmpfs that only the bed sees.
# It waits until its standard input closes. When it ends, the kernel ends every process of the bed, and with them all
# namespaces, cables and mounts, also if the owner was killed.
set -eu
mount -t tmpfs -o mode=755 bed "$1"
echo ready
cat > /dev/null
