package muster.supervisor;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The signals that a service can be sent, with their numbers on Linux (the same on x86-64 and aarch64). */
public enum Signal {
    HUP(1),
    INT(2),
    QUIT(3),
    ABRT(6),
    KILL(9),
    USR1(10),
    USR2(12),
    ALRM(14),
    TERM(15),
    CONT(18),
    STOP(19),
    TSTP(20),
    TTIN(21),
    TTOU(22),
    URG(23),
    VTALRM(26),
    PROF(27),
    WINCH(28),
    IO(29),
    PWR(30);

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /** By name or number: {@code TERM}, {@code SIGTERM}, {@code term}, {@code 15}. */
    public static Signal named(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        String word = upper.startsWith("SIG") ? upper.substring(3) : upper;
        for (Signal signal : values()) {
            if (signal.name().equals(word) || Integer.toString(signal.number).equals(word)) {
                return signal;
            }
        }
        throw new IllegalArgumentException("signal \"" + text + "\" is not known; use one of "
                + Arrays.stream(values()).map(Signal::name).collect(Collectors.joining(", ")));
    }

    /** {@code SIGTERM} for 15; {@code signal 34} for one without a name here. */
    public static String describe(int number) {
        for (Signal signal : values()) {
            if (signal.number == number) {
                return "SIG" + signal.name();
            }
        }
        return switch (number) {
            case 4 -> "SIGILL";
            case 5 -> "SIGTRAP";
            case 7 -> "SIGBUS";
            case 8 -> "SIGFPE";
            case 11 -> "SIGSEGV";
            case 13 -> "SIGPIPE";
            case 24 -> "SIGXCPU";
            case 25 -> "SIGXFSZ";
            case 31 -> "SIGSYS";
            default -> "signal " + number;
        };
    }
}
