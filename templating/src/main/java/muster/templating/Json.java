package muster.templating;

import java.util.Map;

/** Values of the model as JSON, without line breaks. What a template's author and a node wrote is quoted alike. */
final class Json {
    private Json() {}

    /** Throws {@link IllegalArgumentException} for what is no value of a model. */
    static String of(Object value) {
        var out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    /** As a string with its quotes; YAML reads it alike. */
    static String quoted(String text) {
        var out = new StringBuilder(text.length() + 2);
        quote(text, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        switch (value) {
            case CharSequence text -> quote(text.toString(), out);
            case Number number -> out.append(number);
            case Boolean flag -> out.append(flag);
            case Facts facts -> {
                out.append('{');
                String between = "";
                for (Map.Entry<CharSequence, Object> entry : facts) {
                    out.append(between);
                    quote(entry.getKey().toString(), out);
                    out.append(": ");
                    write(entry.getValue(), out);
                    between = ", ";
                }
                out.append('}');
            }
            case Iterable<?> list -> {
                out.append('[');
                String between = "";
                for (Object item : list) {
                    out.append(between);
                    write(item, out);
                    between = ", ";
                }
                out.append(']');
            }
            default -> throw new IllegalArgumentException("no value of a model: " + value.getClass());
        }
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c >= ' ' && c < 0x7f) {
                        out.append(c);
                    } else if (Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1))) {
                        // As it is: YAML does not put two escapes together.
                        out.append(c).append(text.charAt(++i));
                    } else {
                        out.append(String.format("\\u%04x", (int) c));
                    }
                }
            }
        }
        out.append('"');
    }
}
