#!/usr/bin/env bash
# The service manager of a node in a test, which has no systemd: restarts the services that node.sh
# keeps running. kubeadm, and messages of Ballast, call it by this name.
case "$1 ${2%.service}" in
  'stop kubelet') touch /run/node/kubelet.stopped && kill "$(cat /run/node/kubelet.pid)" ;;
  'daemon-reload ') ;;
  'restart kubelet' | 'restart containerd') rm -f "/run/node/${2%.service}.stopped" && kill "$(cat "/run/node/${2%.service}.pid")" ;;
  'is-active kubelet' | 'is-active containerd') kill -0 "$(cat "/run/node/${2%.service}.pid")" ;;
  *) echo "systemctl: the nodes of tests do not know: $*" >&2; exit 1 ;;
esac
