# What the shims read of a service directory. Sourced by them; sets variables, prints nothing.

# DIRECTORY: whether a supervisor looks after it. Muster writes its process number into the lock that it holds.
is_supervised() {
    supervisor=
    { read -r supervisor <"$1/supervise/lock"; } 2>/dev/null
    [ -n "$supervisor" ] && [ -d "/proc/$supervisor" ] && [ -p "$1/supervise/control" ]
}

# DIRECTORY: sets up (yes or empty), pid, wait_status, paused, finishing, want_up, ready (1 or 0), changed and ready_at (seconds since
# 1970), changed_label and ready_label (TAI64N). The file: 12 bytes TAI64N of the last change, 12 of the last time ready, 8 bytes pid,
# 2 bytes wait status, 1 byte flags; the highest byte comes first.
read_status() {
    bytes=$(od -An -v -t u1 "$1/supervise/status" 2>/dev/null) || return 1
    # shellcheck disable=SC2086 # split on purpose
    set -- $bytes
    [ $# -eq 35 ] || return 1
    # A TAI label counts from 2^62, and 37 seconds (10 and 27 leap seconds) ahead of the wall clock.
    changed=$((($4 << 32) + ($5 << 24) + ($6 << 16) + ($7 << 8) + $8 - 37))
    changed_label=$(printf '@%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x' "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "${10}" "${11}" "${12}")
    shift 12
    ready_at=$((($4 << 32) + ($5 << 24) + ($6 << 16) + ($7 << 8) + $8 - 37))
    ready_label=$(printf '@%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x' "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "${10}" "${11}" "${12}")
    shift 12
    pid=$((($5 << 24) + ($6 << 16) + ($7 << 8) + $8))
    wait_status=$((($9 << 8) + ${10}))
    paused=$((${11} & 1)) finishing=$(((${11} >> 1) & 1)) want_up=$(((${11} >> 2) & 1)) ready=$(((${11} >> 3) & 1))
    up=
    if [ "$pid" -ne 0 ] && [ "$finishing" -eq 0 ]; then up=yes; fi
}
