package muster.agent.logging;

import java.lang.System.Logger;
import java.text.MessageFormat;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/** Makes the {@code System.Logger}s of all rooms, and of the JDK, end in {@link Log}. Found by the JDK as a service. */
public final class Loggers extends System.LoggerFinder {
    @Override
    public Logger getLogger(String name, Module module) {
        return new Named(name);
    }

    /** {@code muster.proxy.Listener} speaks as "proxy", everything else by its whole name and only from WARN on. */
    private static final class Named implements Logger {
        private static final String OURS = "muster.";

        private final String name;
        private final String speaker;
        private final boolean ours;

        Named(String name) {
            this.name = name;
            this.ours = name.startsWith(OURS);
            int end = name.indexOf('.', OURS.length());
            this.speaker = ours ? name.substring(OURS.length(), end < 0 ? name.length() : end) : name;
        }

        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            LogLevel ourLevel = LogLevel.of(level);
            return level != Level.OFF && (ours || ourLevel.compareTo(LogLevel.WARN) >= 0) && Log.wants(ourLevel);
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable thrown) {
            if (!isLoggable(level)) {
                return;
            }
            if (thrown == null) {
                Log.line(LogLevel.of(level), speaker + ": " + message);
            } else {
                Log.line(LogLevel.of(level), speaker + ": " + message, thrown);
            }
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String format, @Nullable Object... parameters) {
            if (isLoggable(level)) {
                String text = parameters == null || parameters.length == 0 || format == null
                        ? String.valueOf(format)
                        : MessageFormat.format(format, parameters);
                Log.line(LogLevel.of(level), speaker + ": " + text);
            }
        }
    }
}
