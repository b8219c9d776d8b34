# Sourced by dev/peers: reference programs that are built from their public Go modules.
#
# A directory of dev/programs is a Go module of ours that pins them (go.mod, go.sum), with a file
# 'recipe': its version, its packages, and whether the tests of continuous integration need it. What
# was built lies in a cache outside of the checkout, one directory a name and version, so that another
# checkout needs no build.

programs_cache=${BALLAST_PROGRAMS:-${XDG_CACHE_HOME:-$HOME/.cache}/ballast/programs}
oldest_go=1.26

# Prints the directory of the binaries of program $1, which may not be there.
program_directory() {
  local version
  version=$(sed -n 's/^version=//p' "dev/programs/$1/recipe")
  echo "$programs_cache/$1-$version"
}

# Prints the names of all programs; with 'needed', of those that continuous integration needs.
program_names() {
  local recipe name
  for recipe in dev/programs/*/recipe; do
    name=${recipe#dev/programs/}
    [ "${1-}" = needed ] && ! grep -q '^needed=yes' "$recipe" || echo "${name%/recipe}"
  done
}

# Returns 0 when the Go on the PATH is new enough.
has_go() {
  local version
  version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || return 1
  version=${version#go}
  [ "$(printf '%s\n' "$oldest_go" "${version%%[!0-9.]*}" | sort -V | head -n 1)" = "$oldest_go" ]
}

# Builds program $1 unless it is there; says so, and what failed. Returns 1 when it is not there.
build_program() {
  local name=$1 directory next version='' packages='' tags='' flags='' log begun=$SECONDS package
  directory=$(program_directory "$name")
  [ ! -e "$directory/.complete" ] || return 0
  # shellcheck disable=SC1090
  . "dev/programs/$name/recipe"
  mkdir -p "$programs_cache" || return 1
  exec 8>"$programs_cache/.lock-$name"
  flock 8
  if [ -e "$directory/.complete" ]; then exec 8>&-; return 0; fi
  # What a build that was killed left.
  rm -rf "$programs_cache/.next-$name".*
  next=$(mktemp -d "$programs_cache/.next-$name.XXXXXX") || return 1
  log=$programs_cache/$name-$version.log
  : >"$log"
  echo "building $name $version from its Go module (once; the log is $log)" >&2
  for package in $packages; do
    if ! (cd "dev/programs/$name" && CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-buildvcs=false \
      go build -trimpath ${tags:+-tags "$tags"} -ldflags "-s -w $flags" -o "$next/" "$package") >>"$log" 2>&1 8>&-; then
      rm -rf "$next"
      exec 8>&-
      echo "peer not available: $name $version does not build: $(tail -n 1 "$log")" >&2
      return 1
    fi
    echo "  ${package##*/} ($((SECONDS - begun)) s)" >&2
  done
  touch "$next/.complete"
  chmod 755 "$next"
  rm -rf "$directory"
  mv -T "$next" "$directory"
  exec 8>&-
}

# Builds the named programs, or those that continuous integration needs.
build_programs() {
  local name names=("$@") missing=()
  [ ${#names[@]} -gt 0 ] || mapfile -t names < <(program_names needed)
  for name in "${names[@]}"; do
    [ -r "dev/programs/$name/recipe" ] || { echo "error: there is no program $name; there are: $(program_names | paste -sd' ')" >&2; return 2; }
    [ -e "$(program_directory "$name")/.complete" ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! has_go; then
    echo "peers not available: ${missing[*]}: no Go $oldest_go or newer on the PATH; tests with them are skipped" >&2
    return 0
  fi
  for name in "${missing[@]}"; do build_program "$name" || true; done
}

# Prints the directories of all programs that were built, joined by colons, for the PATH.
programs_path() {
  local name directory
  for name in $(program_names); do
    directory=$(program_directory "$name")
    [ ! -e "$directory/.complete" ] || printf '%s:' "$directory"
  done
}
