# The cache of what guests are made of, outside the checkout. Sourced by the scripts beside it.
#
# An entry is a folder named after what it holds and a hash of what it was made from, so that a change of an input is a
# new entry and an old checkout still finds its own. Deleting the cache, or any entry of it, is always safe.

shopt -s inherit_errexit

scanout_cache=${SCANOUT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scanout}

# hash_of: the key of what arrives on standard input, sixteen hexadecimal digits.
hash_of() {
    sha256sum | cut -c 1-16
}

# cached NAME KEY NOTICE BUILDER…: prints the folder of the entry NAME-KEY. When it is absent, says NOTICE on standard
# error and has BUILDER fill an empty folder, which becomes the entry only if BUILDER succeeds; else the end of what it
# printed is shown. Of two builds at once, the second waits and takes what the first made.
cached() {
    local entry=$scanout_cache/$1-$2 lock
    if [[ ! -d $entry ]]; then
        mkdir -p "$scanout_cache"
        exec {lock}> "$scanout_cache/.$1.lock"
        flock "$lock"
        [[ -d $entry ]] || build_entry "$@" {lock}>&-
        exec {lock}>&-
    fi
    printf '%s\n' "$entry"
}

build_entry() (
    rm -rf "$scanout_cache/.$1".building.* # of a build that was killed
    working=$(mktemp -d "$scanout_cache/.$1.building.XXXXXX")
    trap 'tail -n 20 "$working/log" >&2; stop_building' EXIT
    trap 'exit 130' INT TERM HUP
    mkdir "$working/entry"
    cd "$working/entry"
    show_progress "$3" "$working" &
    "${@:4}" > ../log 2>&1 < /dev/null
    mv -T "$working/entry" "$scanout_cache/$1-$2"
    stop_building
    trap - EXIT
)

# show_progress WHAT WORKING: says what is being built, on a terminal with the seconds it has taken, for as long as the
# folder WORKING exists.
show_progress() {
    printf '%s …\n' "$1" >&2
    while [[ -t 2 && -d $2 ]]; do
        printf '\r  %d s ' "$SECONDS" >&2
        sleep 1
    done
}

stop_building() {
    rm -rf "$working"
    wait
    [[ ! -t 2 ]] || printf '\r' >&2
    printf '  took %d s\n' "$SECONDS" >&2
}
