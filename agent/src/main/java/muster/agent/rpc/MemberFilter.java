package muster.agent.rpc;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import muster.gossip.Member;

/**
 * Serf's {@code members-filtered}: expressions that must match a member's name, status and tags as a whole. Serf's own
 * (RE2) never takes long; Java's can, so a match may look at only so many characters.
 */
final class MemberFilter {
    private static final int LOOKS_MAX = 100_000; // thousands of times what an honest expression needs

    private static final int LENGTH_MAX = 512; // compiling goes as deep as an expression nests

    private final Pattern name;
    private final Pattern status;
    private final SortedMap<String, Pattern> tags = new TreeMap<>();

    /** Empty expressions match everything. Throws {@link PatternSyntaxException} on one that is none. */
    MemberFilter(String name, String status, SortedMap<String, String> tags) {
        this.name = compile(name);
        this.status = compile(status);
        tags.forEach((key, expression) -> this.tags.put(key, compile(expression)));
    }

    /** Throws {@link TooCostly} when an expression looks at too much. */
    boolean takes(Member member) {
        if (!matches(name, member.name()) || !matches(status, member.status().word())) {
            return false;
        }
        for (var tag : tags.entrySet()) {
            if (!matches(tag.getValue(), member.tags().getOrDefault(tag.getKey(), ""))) {
                return false;
            }
        }
        return true;
    }

    private static Pattern compile(String expression) {
        if (expression.length() > LENGTH_MAX) {
            throw new PatternSyntaxException("longer than " + LENGTH_MAX + " characters", expression, LENGTH_MAX);
        }
        return Pattern.compile(expression);
    }

    private static boolean matches(Pattern expression, String text) {
        return expression.pattern().isEmpty()
                || expression.matcher(new Bounded(text)).matches();
    }

    /** An expression that would take for ever. */
    static final class TooCostly extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooCostly() {
            super("the expression takes too long to match");
        }
    }

    /** Text that counts how often it is looked at. */
    private static final class Bounded implements CharSequence {
        private final CharSequence text;
        private int looks;

        Bounded(CharSequence text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++looks > LOOKS_MAX) {
                throw new TooCostly();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int from, int to) {
            return text.subSequence(from, to);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
