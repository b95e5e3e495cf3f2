# Sourced by ./muster and the distribution's launcher (POSIX sh).
#
#   become COMMAND [ARGUMENT …]    becomes the command, with every variable that this shell was started with
#
# A shell hands on only the variables that it could use itself: dash and busybox drop those with names such as spring.profiles.active. The
# kernel still has what this process has begun with. One process looks at it, for shells cannot read NUL; more are started only where there
# is such a name.

become() {
    _line='
'
    _entries= _odd= _index=0
    { _entries=$(tr '\0\n' '\n ' 2>/dev/null); } 2>/dev/null </proc/self/environ || :
    _ifs=$IFS
    IFS=$_line
    set -f
    for _entry in $_entries; do
        _index=$((_index + 1))
        case ${_entry%%=*} in
            '' | "$_entry") ;; # no variable at all
            [0-9]* | *[!A-Za-z0-9_]*) _odd="$_odd $_index " ;;
        esac
    done
    IFS=$_ifs
    # env would take a path with = for a variable.
    case $1 in *=*) _odd= ;; esac
    command -v env >/dev/null 2>&1 || _odd=
    if [ -z "$_odd" ]; then
        set +f
        exec "$@"
    fi
    # As one word of octal numbers each: no byte of a value has a meaning for anybody on the way.
    _entries=
    { _entries=$(od -An -v -to1 | tr -d '\n' | sed -e 's/ 000/\'"$_line"'/g' -e 's/ /\\0/g'); } 2>/dev/null </proc/self/environ || :
    _index=0
    for _entry in $_entries; do
        _index=$((_index + 1))
        case $_odd in
            *" $_index "*)
                _entry=$(printf '%b.' "$_entry") # the dot keeps line breaks at its end
                set -- "${_entry%.}" "$@"
                ;;
        esac
    done
    set +f
    exec env -- "$@"
}
