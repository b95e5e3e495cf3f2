package muster.haproxy;

import muster.templating.BadTemplate;

/**
 * HAProxy cannot be started; the message says why and may have several lines. The cause is the template's fault where it is that.
 */
public final class CannotRun extends Exception {
    private static final long serialVersionUID = 1;

    public CannotRun(String message) {
        super(message);
    }

    CannotRun(BadTemplate template) {
        super(String.valueOf(template.getMessage()), template);
    }
}
