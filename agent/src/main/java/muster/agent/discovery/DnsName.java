package muster.agent.discovery;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A name of the DNS. Two are equal whatever the case of their letters.
 *
 * @param labels each of 1 to 63 bytes, one character for each byte; 255 bytes in all
 */
record DnsName(List<String> labels) {
    static final int LABEL_BYTES_MAX = 63;
    static final int BYTES_MAX = 255;

    DnsName {
        labels = List.copyOf(labels);
        for (String label : labels) {
            if (label.isEmpty() || label.length() > LABEL_BYTES_MAX) {
                throw new IllegalArgumentException("a label has from 1 to " + LABEL_BYTES_MAX + " bytes");
            }
        }
        if (encodedBytes(labels) > BYTES_MAX) {
            throw new IllegalArgumentException("a name has at most " + BYTES_MAX + " bytes");
        }
    }

    /** From its usual form, with dots between the labels. Throws {@link IllegalArgumentException} for what is none. */
    static DnsName of(String dotted) {
        return new DnsName(List.of(bytes(dotted).split("\\.", -1)));
    }

    /** This one with a label before it, in which a dot is only a character. */
    DnsName under(String label) {
        var all = new ArrayList<>(List.of(bytes(label)));
        all.addAll(labels);
        return new DnsName(all);
    }

    /** One character for each byte of UTF-8. */
    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    static int encodedBytes(List<String> labels) {
        return 1 + labels.stream().mapToInt(label -> 1 + label.length()).sum();
    }

    private List<String> comparable() {
        return labels.stream().map(DnsName::lower).toList();
    }

    /** Of the letters of ASCII only: other bytes are parts of characters. */
    private static String lower(String label) {
        var lower = new StringBuilder(label);
        for (int i = 0; i < lower.length(); i++) {
            char c = lower.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                lower.setCharAt(i, (char) (c - 'A' + 'a'));
            }
        }
        return lower.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DnsName name && comparable().equals(name.comparable());
    }

    @Override
    public int hashCode() {
        return comparable().hashCode();
    }
}
