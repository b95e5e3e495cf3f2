package muster.templating;

/**
 * A text that came from outside, with who said it. Helpers pass it on; only {@link Syntax} may turn it into output.
 * Compares as its text.
 *
 * @param writable false for what is not of the kind that it should be, and is written nowhere
 */
record Foreign(String text, Origin origin, boolean writable) implements CharSequence, Comparable<Foreign> {
    Foreign(String text, Origin origin) {
        this(text, origin, true);
    }

    /** The same from the same, changed by a template. */
    Foreign as(String changed) {
        return new Foreign(changed, origin, writable);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public char charAt(int index) {
        return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.substring(start, end);
    }

    @Override
    public int compareTo(Foreign other) {
        return text.compareTo(other.text);
    }

    /** Its bare text: for comparing, never for writing. */
    @Override
    public String toString() {
        return text;
    }
}
