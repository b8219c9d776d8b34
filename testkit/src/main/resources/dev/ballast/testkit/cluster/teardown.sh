#!/usr/bin/env bash
# Takes down the nodes of a cluster when its standard input ends: when the test closes it, and also
# when the JVM of the test was killed. What is in the nodes' namespaces has gone with their process 1
# by then, or goes now.
#
#   teardown.sh DIRECTORY PREFIX
#
# PREFIX is that of the cluster's network namespaces and cgroups.
directory=$1
prefix=$2
trap '' HUP INT TERM
cat >/dev/null

hierarchies() { awk '$3 ~ /^cgroup/ { print $2 }' /proc/mounts; }
groups() { hierarchies | while read -r hierarchy; do find "$hierarchy" -depth -type d -path "$hierarchy/$prefix-*" 2>/dev/null; done; }

for pid in $(cat "$directory"/*/init.pid 2>/dev/null); do
  # Not one that has got the number since.
  if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$directory"; then kill -KILL "$pid"; fi
done
for _ in $(seq 100); do
  pids=$(groups | while read -r group; do cat "$group/cgroup.procs" 2>/dev/null; done | sort -u)
  [ -n "$pids" ] || break
  # shellcheck disable=SC2086
  kill -KILL $pids 2>/dev/null
  sleep 0.1
done
groups | while read -r group; do rmdir "$group" 2>/dev/null; done
ip netns list | awk '{ print $1 }' | grep "^$prefix-" | while read -r namespace; do ip netns del "$namespace"; done
for _ in $(seq 50); do
  rm -rf --one-file-system "$directory" 2>/dev/null && break
  sleep 0.1
done
