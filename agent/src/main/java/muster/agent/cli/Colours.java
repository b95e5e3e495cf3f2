package muster.agent.cli;

import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Colours for people: only on a terminal, and not where {@code NO_COLOR} is set (no-color.org). */
final class Colours {
    private static final String GREEN = "32";
    private static final String YELLOW = "33";
    private static final String RED = "31";
    private static final String GREY = "90";

    private Colours() {}

    /** Paints the state of a member or a backend; nothing where there are no colours. */
    static UnaryOperator<String> ofStates(Invocation invocation) {
        boolean terminal = Optional.ofNullable(System.console())
                .filter(java.io.Console::isTerminal)
                .isPresent();
        return wanted(invocation.face(), invocation.console().environment(), terminal)
                ? Colours::state
                : UnaryOperator.identity();
    }

    /** {@code terminal}: standard input and output are one. */
    static boolean wanted(Face face, Map<String, String> environment, boolean terminal) {
        return face == Face.MUSTER
                && terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    }

    static String state(String word) {
        return switch (word.strip()) {
            case "alive", "ready" -> painted(GREEN, word);
            case "leaving", "joining", "draining", "suspect" -> painted(YELLOW, word);
            case "failed", "ejected", "unready" -> painted(RED, word);
            case "left", "gone" -> painted(GREY, word);
            default -> word;
        };
    }

    private static String painted(String colour, String text) {
        return "\u001b[" + colour + "m" + text + "\u001b[0m";
    }
}
