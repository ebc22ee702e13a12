# What the two kinds of guest have in common. Sourced by Tools/guests/uml and Tools/guests/qemu.

# fail STATUS SENTENCE: ends the script.
fail() {
    echo "$2" >&2
    exit "$1"
}

# positive NAME VALUE: insists on a whole number from 1.
positive() {
    [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || fail 64 "$1 takes a whole number from 1, not \"$2\"."
}

# take_workload SOCKET SCRIPT [VARIABLE=VALUE…]: sets socket and script, and environment to lines of shell that export
# the VARIABLEs.
take_workload() {
    local assignment value
    (($# >= 2)) || fail 64 "SOCKET and SCRIPT are needed; --help says what they are."
    socket=$(realpath -m "$1") script=$2
    [[ $script == */* ]] || script=$here/workloads/$script
    [[ -f $script && -x $script ]] ||
        fail 69 "$script is not a program that a guest could run. Those in $here/workloads are $(workloads)."
    wait_for_socket

    environment=
    for assignment in "${@:3}"; do
        [[ $assignment =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || fail 64 "\"$assignment\" is not of the form VARIABLE=VALUE."
        value=${assignment#*=}
        environment+="export ${assignment%%=*}=${value@Q}"$'\n'
    done
}

# workloads: their names, with commas between.
workloads() {
    local names=("$here"/workloads/*)
    names=("${names[@]##*/}")
    local IFS=,
    echo "${names[*]}" | sed 's/,/, /g'
}

# take_input DIR: sets inputs to the sockets in DIR; to none if it is empty.
take_input() {
    inputs=()
    [[ -n $1 ]] || return 0
    inputs=("$(realpath -m "$1")"/*.sock)
    [[ -S ${inputs[0]} ]] || fail 69 "There is no socket in $1; \"scanout serve --input-sockets $1\" makes them."
}

# wait_for_socket: gives a device that is just being started ten seconds to listen.
wait_for_socket() {
    local deadline=$((SECONDS + 10))
    until [[ -S $socket ]]; do
        ((SECONDS < deadline)) ||
            fail 69 "There is no socket at $socket; \"scanout serve --socket-path $socket\" makes one."
        sleep 0.05
    done
}

# clean_up: what a script that started the guest "process" in "folder" owes when it ends, for whatever reason.
clean_up() {
    [[ -z ${process-} ]] || kill "$process" 2> /dev/null || true
    rm -rf "$folder"
}

# clean_up_at_end: has it done, also when the script is told to end.
clean_up_at_end() {
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# finish: waits for the end of the guest, which "timeout" started in the background; its status.
finish() {
    local status=0
    wait "$process" || status=$?
    process=
    ((status != 124 && status != 137)) || fail 124 "The guest did not end within $timeout s."
    return $status
}

# report STATUS…: ends the script with what the workload left behind in each of the guest's boots.
report() {
    local status
    (($# == boots)) || fail 70 "The guest died before $script ended, in boot $(($# + 1)) of $boots."
    for status; do
        ((status == 0)) || exit "$status"
    done
    exit 0
}
