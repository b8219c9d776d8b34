#!/usr/bin/env bash
# Process 1 of a node: runs in network, mount, host name, IPC and PID namespaces of its own, so that
# everything of the node ends with it. Makes the node's directories private, and runs containerd and,
# once kubeadm has configured it, the kubelet; both are started again when they end, as a service
# manager would do.
#
#   node.sh NAME DIRECTORY CGROUP
#
# Files of the node lie in DIRECTORY, where they can be read from outside: kubernetes (/etc/kubernetes),
# kubelet (/var/lib/kubelet), logs.
set -euo pipefail
name=$1
directory=$2
cgroup=$3
hostname "$name"

# /run, and what is written below /etc and /var, in memory; what grows on disk, and readable from outside.
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run
mkdir -p /run/lock /run/netns /run/node/etc /run/node/etc-work /run/node/var /run/node/var-work
for tree in etc var; do
  mount -t overlay -o "lowerdir=/$tree,upperdir=/run/node/$tree,workdir=/run/node/$tree-work" overlay /$tree
done
bind() {
  rm -rf "$2"
  mkdir -p "$directory/$1" "$2"
  mount --bind "$directory/$1" "$2"
}
bind kubernetes /etc/kubernetes
bind kubelet /var/lib/kubelet
bind containerd /var/lib/containerd
bind etcd /var/lib/etcd
bind logs/pods /var/log/pods
mkdir -p /etc/cni/net.d /etc/containerd /var/lib/cni /var/log/containers
[ ! -e "$directory/cni.conflist" ] || cp "$directory/cni.conflist" /etc/cni/net.d/10-test.conflist
mkdir /run/node/bin
install -m 755 "$directory/systemctl.sh" /run/node/bin/systemctl
printf '127.0.0.1 localhost\n' >/etc/hosts
: >/etc/resolv.conf

# The kubelet insists on these; with the values that it wants in the place of the machine's own it
# changes nothing.
insist() {
  [ -e "/proc/sys/$1" ] || return 0
  mkdir -p "/run/node/sys/${1%/*}"
  echo "$2" >"/run/node/sys/$1"
  mount --bind "/run/node/sys/$1" "/proc/sys/$1"
}
insist vm/overcommit_memory 1
insist vm/panic_on_oom 0
insist kernel/panic 10
insist kernel/panic_on_oops 1
insist kernel/keys/root_maxkeys 1000000
insist kernel/keys/root_maxbytes 25000000

# The cgroup hierarchies, with a directory for this node that the kubelet takes for its root.
umount -l /sys/fs/cgroup 2>/dev/null || true
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
tail -n +2 /proc/cgroups | while read -r controller _ _ enabled; do
  [ "$enabled" = 1 ] || continue
  mkdir "/sys/fs/cgroup/$controller"
  mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" 2>/dev/null ||
    { rmdir "/sys/fs/cgroup/$controller"; continue; }
  mkdir -p "/sys/fs/cgroup/$controller/$cgroup"
done
if [ -d /sys/fs/cgroup/cpuset ]; then
  for file in cpuset.cpus cpuset.mems; do
    cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset/$cgroup/$file"
  done
fi
mkdir -p /sys/fs/cgroup/systemd && mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd 2>/dev/null &&
  mkdir -p "/sys/fs/cgroup/systemd/$cgroup" || rmdir /sys/fs/cgroup/systemd
mount --make-rshared /

snapshotter=overlayfs
mkdir -p "$directory/containerd/try/"{lower,upper,work,merged}
if mount -t overlay -o "lowerdir=$directory/containerd/try/lower,upperdir=$directory/containerd/try/upper,workdir=$directory/containerd/try/work" \
  overlay "$directory/containerd/try/merged" 2>/dev/null; then
  umount "$directory/containerd/try/merged"
else
  snapshotter=native
fi
rm -rf "$directory/containerd/try"
# Nobody here may lower oom_score_adj, and runc would end.
cat >/etc/containerd/config.toml <<EOF
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  disable_apparmor = true
  sandbox_image = "$PAUSE_IMAGE"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "$snapshotter"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
EOF

# Runs a command for as long as the node is there, with its process number in a file.
keep_running() {
  local service=$1
  shift
  while :; do
    "$@" >>"$directory/$service.log" 2>&1 &
    echo $! >"/run/node/$service.pid"
    wait $! || true
    sleep 0.5
  done
}

run_kubelet() {
  local arguments=
  until [ ! -e /run/node/kubelet.stopped ] && [ -e /var/lib/kubelet/kubeadm-flags.env ] && [ -e /var/lib/kubelet/config.yaml ]; do
    sleep 0.1
  done
  # shellcheck disable=SC1091
  . /var/lib/kubelet/kubeadm-flags.env
  read -ra arguments <<<"${KUBELET_KUBEADM_ARGS:-}"
  exec kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf \
    --config=/var/lib/kubelet/config.yaml "${arguments[@]}" --cgroup-root="/$cgroup"
}

keep_running containerd containerd &
keep_running kubelet run_kubelet &
touch "$directory/up"
# Processes that lost their parents are this one's children, and bash takes in those that ended.
while :; do
  sleep 3600 &
  wait $! || true
done
