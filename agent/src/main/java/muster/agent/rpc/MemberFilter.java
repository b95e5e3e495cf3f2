package muster.agent.rpc;

import java.util.SortedMap;
import java.util.TreeMap;
import muster.gossip.Expression;
import muster.gossip.Member;
import org.jspecify.annotations.Nullable;

/** Serf's {@code members-filtered}: expressions for a member's name, status and tags, each of them put between ^ and $. */
final class MemberFilter {
    private static final int LENGTH_MAX = 512;

    /** Steps of an expression for each character of a text: some hundred times what an honest one needs. */
    private static final long STEPS_MAX = 300_000;

    private final @Nullable Expression name;
    private final @Nullable Expression status;
    private final SortedMap<String, Expression> tags = new TreeMap<>();

    /**
     * An empty expression for name or status is one for any of them; for a tag, one for those that have it not, or empty.
     * Throws {@link BadExpression}.
     */
    MemberFilter(String name, String status, SortedMap<String, String> tags) {
        this.name = name.isEmpty() ? null : compile(name);
        this.status = status.isEmpty() ? null : compile(status);
        tags.forEach((key, expression) -> this.tags.put(key, compile(expression)));
    }

    /** Throws {@link TooCostly}. */
    boolean takes(Member member) {
        if (!takes(name, member.name()) || !takes(status, member.status().word())) {
            return false;
        }
        for (var tag : tags.entrySet()) {
            if (!takes(tag.getValue(), member.tags().getOrDefault(tag.getKey(), ""))) {
                return false;
            }
        }
        return true;
    }

    private static boolean takes(@Nullable Expression expression, String text) {
        if (expression == null) {
            return true;
        }
        if (expression.size() * (text.length() + 1L) > STEPS_MAX) {
            throw new TooCostly();
        }
        return expression.foundIn(text);
    }

    private static Expression compile(String expression) {
        if (expression.length() > LENGTH_MAX) {
            throw new BadExpression("longer than " + LENGTH_MAX + " characters");
        }
        String whole = "^" + expression + "$";
        Expression compiled = Expression.compile(whole);
        if (compiled == null) {
            throw new BadExpression("error parsing regexp: `" + whole + "`");
        }
        return compiled;
    }

    /** One that is none, or is too large. */
    static final class BadExpression extends RuntimeException {
        private static final long serialVersionUID = 1;

        BadExpression(String reason) {
            super(reason);
        }
    }

    /** An expression that would take too long for each of ten thousand members. */
    static final class TooCostly extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooCostly() {
            super("the expression takes too long to match");
        }
    }
}
