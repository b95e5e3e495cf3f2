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
