package muster.agent.logging;

import java.lang.System.Logger.Level;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Serf's levels, least severe first. */
public enum LogLevel {
    TRACE,
    DEBUG,
    INFO,
    WARN,
    ERR;

    /** The level that {@code word} names in either case; null when none does. */
    public static @Nullable LogLevel named(String word) {
        for (LogLevel level : values()) {
            if (level.name().equals(word.toUpperCase(Locale.ROOT))) {
                return level;
            }
        }
        return null;
    }

    /** Serf's choice of syslog's severities. */
    int syslogSeverity() {
        return switch (this) {
            case TRACE -> 7;
            case DEBUG -> 6;
            case INFO -> 5;
            case WARN -> 4;
            case ERR -> 3;
        };
    }

    static LogLevel of(Level level) {
        return switch (level) {
            case ALL, TRACE -> TRACE;
            case DEBUG -> DEBUG;
            case INFO -> INFO;
            case WARNING -> WARN;
            case ERROR, OFF -> ERR;
        };
    }
}
