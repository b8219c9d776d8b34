# Sets `enter` to the command that starts a program as root of a new user namespace with a mount
# namespace. Root keeps all its ids; others get the ranges of /etc/subuid and /etc/subgid.
enter_user_namespace() {
  local name uid=$EUID
  if [ "$uid" -eq 0 ]; then
    # Nobody but its parent can write the maps of all ids, so that the new process waits for them.
    if [ "$(readlink /proc/self/ns/user)" = 'user:[4026531837]' ]; then
      (
        for _ in {1..2000}; do
          if [ "$(readlink "/proc/$$/ns/user" 2>/dev/null)" != 'user:[4026531837]' ]; then
            echo '0 0 4294967295' >"/proc/$$/uid_map" && echo '0 0 4294967295' >"/proc/$$/gid_map"
            exit
          fi
          sleep 0.005
        done
      ) </dev/null >/dev/null 2>&1 &
      enter=(unshare --user --mount -- /bin/sh -c
        'n=0; until [ -n "$(cat /proc/self/gid_map)" ]; do n=$((n+1)); [ $n -lt 2000 ] || { echo "error: the user namespace got no ids" >&2; exit 1; }; sleep 0.005; done; exec "$@"' sh)
    fi
    return
  fi
  name=$(id -un)
  if ! grep -qE "^($name|$uid):" /etc/subuid 2>/dev/null || ! grep -qE "^($name|$uid):" /etc/subgid 2>/dev/null; then
    echo "error: $name has no range of ids for a build: /etc/subuid and /etc/subgid need the line $name:100000:65536" >&2
    echo "  try: echo $name:100000:65536 | sudo tee -a /etc/subuid /etc/subgid" >&2
    exit 1
  fi
  if ! command -v newuidmap >/dev/null; then
    echo "error: newuidmap is not installed, which a build as $name needs" >&2
    echo "  try: sudo apt-get install uidmap" >&2
    exit 1
  fi
  enter=(unshare --user --map-root-user --map-auto --mount --)
}
