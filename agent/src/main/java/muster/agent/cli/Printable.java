package muster.agent.cli;

/** What comes from the network and goes to a terminal: no control character passes. */
final class Printable {
    private Printable() {}

    static String of(String text) {
        var clean = new StringBuilder(text);
        for (int i = 0; i < clean.length(); i++) {
            if (Character.isISOControl(clean.charAt(i))) {
                clean.setCharAt(i, '?');
            }
        }
        return clean.toString();
    }
}
