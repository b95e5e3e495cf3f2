package muster.agent.cli;

/** Text from elsewhere, without control characters: a name must not drive the terminal or fake lines. */
final class Printable {
    private Printable() {}

    static String of(String text) {
        return clean(text, false);
    }

    /** The same of text whose line breaks and tabs are meant: an answer to a query. */
    static String lines(String text) {
        return clean(text, true);
    }

    private static String clean(String text, boolean lines) {
        var clean = new StringBuilder(text);
        for (int i = 0; i < clean.length(); i++) {
            char c = clean.charAt(i);
            if (Character.isISOControl(c) && !(lines && (c == '\n' || c == '\t'))) {
                clean.setCharAt(i, '?');
            }
        }
        return clean.toString();
    }
}
