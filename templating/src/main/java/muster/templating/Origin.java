package muster.templating;

import java.util.List;

/**
 * Who said a value, for the message that refuses it.
 *
 * @param nodes whose word it is: one, or those that a group has in common; none when it is this machine's own
 * @param what like {@code tag 'zone'}, without the node
 */
record Origin(List<String> nodes, String what) {
    static Origin ofNode(String node, String what) {
        return new Origin(List.of(node), what);
    }

    static Origin ofThisMachine(String what) {
        return new Origin(List.of(), what);
    }

    /** For people, safe to print: {@code tag 'zone' of node 'web1'}. */
    String of(String node) {
        return what + " of node '" + printable(node) + "'";
    }

    /** Hostile text for a log line or a terminal. */
    static String printable(String text) {
        int shown = Math.min(text.length(), 60);
        var safe = new StringBuilder(shown + 1);
        for (int i = 0; i < shown; i++) {
            char c = text.charAt(i);
            safe.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return safe.append(shown < text.length() ? "…" : "").toString();
    }
}
