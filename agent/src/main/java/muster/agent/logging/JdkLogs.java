package muster.agent.logging;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Makes what libraries say by {@code java.util.logging}, as Netty does, end in {@link Log}: from warnings on. */
public final class JdkLogs extends Handler {
    private final SimpleFormatter formatter = new SimpleFormatter();

    private JdkLogs() {}

    /** Takes the place of the JDK's own handler, which writes to standard error. */
    public static void toLog() {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(Level.WARNING);
        root.addHandler(new JdkLogs());
    }

    @Override
    public void publish(LogRecord entry) {
        if (!isLoggable(entry)) {
            return;
        }
        LogLevel level = entry.getLevel().intValue() >= Level.SEVERE.intValue() ? LogLevel.ERR : LogLevel.WARN;
        String text = entry.getLoggerName() + ": " + formatter.formatMessage(entry);
        Throwable thrown = entry.getThrown();
        if (thrown == null) {
            Log.line(level, text);
        } else {
            Log.line(level, text, thrown);
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
