package muster.templating;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a value must look like in a kind of file so that it can never be more than a part of one token: no further line,
 * argument, directive, comment, expansion of a variable or format expression.
 *
 * <p>Two forms: {@link #bare} for the middle of a token that the template writes ({@code {{ip}}:{{port}}}), and {@link
 * #quoted} for a token of its own. Each is what the program reads back as the very same text, or null when there is no
 * such form. Control characters have none in any syntax but JSON's and YAML's: what they do inside a header or a log is
 * not the template's to judge.
 */
public enum Syntax {
    /** Any file that is not one of the others: only what means nothing anywhere. */
    PLAIN("") {
        @Override
        @Nullable
        String bare(String text) {
            return all(text, this::isPlain) ? text : null;
        }

        @Override
        @Nullable
        String quoted(String text) {
            return bare(text);
        }
    },

    /**
     * HAProxy reads {@code \xHH} as that byte both outside quotes and within weak ones, and as five harmless characters
     * within strong ones. The percent sign begins a format expression in many places, and is refused.
     */
    HAPROXY("=,?&*;!") {
        @Override
        @Nullable
        String bare(String text) {
            if (!isUnicode(text) || !all(text, c -> !isControl(c) && c != '%')) {
                return null;
            }
            var out = new StringBuilder(text.length());
            for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                char c = (char) (b & 0xff);
                if (isPlain(c)) {
                    out.append(c);
                } else {
                    out.append("\\x").append(HEX.toHexDigits(b));
                }
            }
            return out.toString();
        }

        @Override
        @Nullable
        String quoted(String text) {
            return text.isEmpty() ? "\"\"" : bare(text);
        }
    },

    /** nginx knows quotes only around a whole token, and nothing at all that stops a dollar sign. */
    NGINX("=,?&%*") {
        @Override
        @Nullable
        String bare(String text) {
            return all(text, this::isPlain) ? text : null;
        }

        @Override
        @Nullable
        String quoted(String text) {
            return isUnicode(text) && all(text, c -> !isControl(c) && c != '$') ? withBackslashes(text) : null;
        }
    },

    /** Caddy expands braces inside quotes too, and has no way to write a backslash before a quote. */
    CADDY("=,?&%") {
        @Override
        @Nullable
        String bare(String text) {
            return all(text, this::isPlain) ? text : null;
        }

        @Override
        @Nullable
        String quoted(String text) {
            return isUnicode(text) && all(text, c -> !isControl(c) && c != '{' && c != '}' && c != '\\')
                    ? withBackslashes(text)
                    : null;
        }
    },

    /** The bare form goes between quotes that the template writes; outside of them it is still one token or none. */
    JSON("") {
        @Override
        String bare(String text) {
            var out = new StringBuilder(text.length());
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (isPlain(c) && c != ':') {
                    out.append(c);
                } else {
                    out.append("\\u").append(HEX.toHexDigits(c));
                }
            }
            return out.toString();
        }

        @Override
        String quoted(String text) {
            return Json.quoted(text);
        }
    },

    /** Plain scalars of few characters, and double quotes, in which YAML reads what JSON does. */
    YAML("") {
        @Override
        @Nullable
        String bare(String text) {
            if (text.isEmpty()) {
                return text;
            }
            char first = text.charAt(0);
            boolean begins = Character.isLetterOrDigit(first) || first == '/';
            return begins && !text.endsWith(":") && all(text, this::isPlain) ? text : null;
        }

        @Override
        @Nullable
        String quoted(String text) {
            return isUnicode(text) ? Json.quoted(text) : null;
        }
    };

    private static final HexFormat HEX = HexFormat.of();
    private static final String PLAIN_MARKS = "._-:/@+~";

    private final String marks;

    Syntax(String marks) {
        this.marks = marks;
    }

    /** By its name in lower case; null when there is none. */
    public static @Nullable Syntax named(String name) {
        for (Syntax syntax : values()) {
            if (syntax.toString().equals(name)) {
                return syntax;
            }
        }
        return null;
    }

    /** What a file of this name most likely is; {@link #PLAIN} when the name does not say. */
    public static Syntax ofFile(String fileName) {
        String name = fileName.toLowerCase(Locale.ROOT).replaceFirst("\\.hbs?$", "");
        if (name.contains("haproxy")) {
            return HAPROXY;
        }
        if (name.contains("nginx")) {
            return NGINX;
        }
        if (name.contains("caddyfile")) {
            return CADDY;
        }
        if (name.endsWith(".json")) {
            return JSON;
        }
        return name.endsWith(".yaml") || name.endsWith(".yml") ? YAML : PLAIN;
    }

    /** In the middle of a token; null when it cannot be written so. */
    abstract @Nullable String bare(String text);

    /** A token of its own; null when it cannot be written so. */
    abstract @Nullable String quoted(String text);

    /** Whether the character means nothing to this syntax, wherever it stands. */
    boolean isPlain(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || PLAIN_MARKS.indexOf(c) >= 0
                || marks.indexOf(c) >= 0;
    }

    /** In lower case, as settings have it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    private interface Test {
        boolean allows(char c);
    }

    private static boolean all(String text, Test test) {
        for (int i = 0; i < text.length(); i++) {
            if (!test.allows(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isControl(char c) {
        // Also what ends a line in Unicode, and what turns its direction: it would show another text than the program
        // reads.
        return Character.isISOControl(c) || c == 0x2028 || c == 0x2029 || Character.getType(c) == Character.FORMAT;
    }

    /** No half of a surrogate pair: it would be written as a question mark. */
    private static boolean isUnicode(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static String withBackslashes(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
