# Sourced by ./muster, ./verify and the distribution's launcher (POSIX sh). Finds a Java 25 or newer without starting one.
#
#   . packaging/find-jdk.sh
#   java_home=$(find_jdk) || exit 1        # a whole JDK (has javac): to build
#   java_home=$(find_java) || exit 1       # a runtime is enough: to run
#
# Looks at MUSTER_JAVA_HOME, JAVA_HOME, the java on PATH, then where Linux packages, SDKMAN, IDEs and macOS put JDKs.
# MUSTER_JAVA_HOME is an order, not a hint: when it is set and unfit, that is an error.

JAVA_FEATURE_MIN=25

find_jdk() { _find_java_home bin/javac "JDK"; }

find_java() { _find_java_home bin/java "Java runtime"; }

# java_feature HOME: prints the feature number (25), 0 when HOME holds no Java. Reads the file `release` that every JDK since 9
# carries, because starting each candidate would cost more than starting Muster itself.
java_feature() {
    _version=
    if [ -x "$1/bin/java" ] && [ -r "$1/release" ]; then
        while IFS= read -r _line || [ -n "$_line" ]; do
            case $_line in
                JAVA_VERSION=*) _version=${_line#JAVA_VERSION=} && break ;;
            esac
        done <"$1/release"
    fi
    _version=${_version#\"}
    _version=${_version%%[!0-9]*}
    printf '%s\n' "${_version:-0}"
}

# _fits HOME PROGRAM: new enough, and PROGRAM is there.
_fits() {
    [ -x "$1/$2" ] && [ "$(java_feature "$1")" -ge "$JAVA_FEATURE_MIN" ]
}

_find_java_home() {
    if [ -n "${MUSTER_JAVA_HOME:-}" ]; then
        _fits "$MUSTER_JAVA_HOME" "$1" && printf '%s\n' "$MUSTER_JAVA_HOME" && return 0
        printf 'MUSTER_JAVA_HOME=%s is not a %s %s or newer. Point it to one, or unset it to let Muster search.\n' \
            "$MUSTER_JAVA_HOME" "$2" "$JAVA_FEATURE_MIN" >&2
        return 1
    fi
    if [ -n "${JAVA_HOME:-}" ] && _fits "$JAVA_HOME" "$1"; then
        printf '%s\n' "$JAVA_HOME"
        return 0
    fi
    _on_path=$(command -v java 2>/dev/null) && _on_path=$(readlink -f "$_on_path" 2>/dev/null) || _on_path=
    for _home in "${_on_path%/bin/java}" \
        /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/*jdk* /opt/*jre* /usr/local/*jdk* \
        "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* "${HOME:-/nonexistent}"/.m2/jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        if [ -n "$_home" ] && _fits "$_home" "$1"; then
            printf '%s\n' "$_home"
            return 0
        fi
    done
    {
        printf 'Muster needs a %s %s or newer, and found none' "$2" "$JAVA_FEATURE_MIN"
        [ -n "${JAVA_HOME:-}" ] && printf ' (JAVA_HOME=%s is version %s)' "$JAVA_HOME" "$(java_feature "$JAVA_HOME")"
        printf '.\nInstall one (for example Eclipse Temurin from adoptium.net, or your distribution'"'"'s openjdk-%s-jdk),\n' "$JAVA_FEATURE_MIN"
        printf 'or set JAVA_HOME or MUSTER_JAVA_HOME to where it is.\n'
    } >&2
    return 1
}
