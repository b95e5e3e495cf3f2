package muster.agent.configuration;

/**
 * The value of {@code -template}: {@code haproxy.cfg.hb:/etc/haproxy/haproxy.cfg}.
 *
 * @param template where the template is
 * @param destination what is written
 */
public record TemplateOption(String template, String destination) {
    /** Throws {@link IllegalArgumentException} with the remedy. */
    public static TemplateOption parse(String text) {
        Kind.checkPlain(text);
        int colon = text.indexOf(':');
        if (colon < 1 || colon == text.length() - 1) {
            throw new IllegalArgumentException("template '" + text
                    + "': write TEMPLATE:DESTINATION, like haproxy.cfg.hb:/etc/haproxy/haproxy.cfg");
        }
        return new TemplateOption(text.substring(0, colon), text.substring(colon + 1));
    }
}
