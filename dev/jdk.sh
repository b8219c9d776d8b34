# Sourced by the scripts: finds a JDK 25 or newer, also when an older one is first on the PATH.
# Sets JAVA_HOME, or says what is missing and returns 1.

# Prints the feature version (25) of the JDK in directory $1; nothing when it is no JDK.
jdk_feature() {
  local line version=
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS= read -r line; do
    case $line in JAVA_VERSION=*) version=${line#JAVA_VERSION=\"} ;; esac
  done <"$1/release"
  version=${version%\"}
  version=${version%%[.+-]*}
  case $version in '' | *[!0-9]*) return 1 ;; esac
  echo "$version"
}

# Where JDKs are looked for, in order, one a line; what JAVA_HOME or the PATH names comes first.
jdk_candidates() {
  local java
  printf '%s\n' "${BALLAST_JAVA_HOME:-}" "${JAVA_HOME:-}"
  java=$(command -v java) && java=$(readlink -f "$java") && echo "${java%/bin/java}"
  printf '%s\n' /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* /opt/*jdk* /usr/local/*jdk* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.local/share/mise/installs/java/*
}

find_jdk() {
  local candidate feature seen=''
  # Without a process for each look, when the first one named will do.
  if [ -z "${BALLAST_JAVA_HOME:-}" ] && [ -n "${JAVA_HOME:-}" ] && feature=$(jdk_feature "$JAVA_HOME") &&
    [ "$feature" -ge 25 ]; then
    export JAVA_HOME
    return 0
  fi
  while IFS= read -r candidate; do
    [ -d "$candidate" ] || continue
    feature=$(jdk_feature "$candidate") || continue
    if [ "$feature" -ge 25 ]; then
      JAVA_HOME=$candidate
      export JAVA_HOME
      return 0
    fi
    candidate=$(readlink -f "$candidate")
    case $seen in *" $candidate ("*) ;; *) seen="$seen $candidate ($feature)" ;; esac
  done < <(jdk_candidates)
  {
    [ -z "${JAVA_HOME:-}" ] || jdk_feature "$JAVA_HOME" >/dev/null || seen="$seen; JAVA_HOME=$JAVA_HOME is no JDK"
    case $seen in ' '*) seen="; these are older:$seen" ;; esac
    echo "error: no JDK 25 or newer found$seen"
    echo "  try: install one (Debian, Ubuntu: 'apt-get install openjdk-25-jdk-headless' where the release has it, or an"
    echo "       archive from the JDK vendor unpacked under /usr/lib/jvm), or set JAVA_HOME to where it is"
  } >&2
  return 1
}

# install_packages WHY PACKAGE...: installs packages of the distribution, asking first on a terminal;
# where that is not allowed it prints the exact command and returns 1.
install_packages() {
  local why=$1 sudo='' answer
  shift
  if ! command -v apt-get >/dev/null; then
    echo "error: $why needs these packages of a Debian or Ubuntu system: $*" >&2
    return 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      sudo=sudo
    else
      echo "error: $why is missing: $*" >&2
      echo "  try: as root: apt-get update && apt-get install -y --no-install-recommends $*" >&2
      return 1
    fi
  fi
  if [ -t 0 ] && [ -t 2 ]; then
    printf '%s needs: %s. Install now? [Y/n] ' "$why" "$*" >&2
    read -r answer
    case $answer in
      '' | y* | Y*) ;;
      *)
        echo "  try: apt-get install -y --no-install-recommends $*" >&2
        return 1
        ;;
    esac
  fi
  local log
  log=$(mktemp "${TMPDIR:-/tmp}/ballast-apt.XXXXXX") || return 1
  echo "installing for $why: $* (log: $log)" >&2
  $sudo apt-get -q update >"$log" 2>&1 || true
  if ! DEBIAN_FRONTEND=noninteractive $sudo apt-get -q install -y --no-install-recommends "$@" >>"$log" 2>&1; then
    grep -m 3 '^E: ' "$log" >&2
    echo "error: apt-get could not install $*" >&2
    echo "  try: read $log" >&2
    return 1
  fi
  rm -f "$log"
}

# The installed Maven, installed first when it may be.
find_maven() {
  command -v mvn >/dev/null || install_packages 'the build (Maven)' maven || return 1
}
