package muster.supervisor.s6;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The {@code S6_} variables of s6-overlay v1, with its names and defaults. A value that cannot be used is replaced by
 * the default, with a warning: a container that started for years shall start.
 *
 * @param keepEnvironment {@code S6_KEEP_ENV}: scripts and services get the container's environment as it is
 * @param logEverything {@code S6_LOGGING}: 0 nothing, 1 the output of all but CMD goes to a log directory, 2 CMD's too
 * @param ifBootFails {@code S6_BEHAVIOUR_IF_STAGE2_FAILS}
 * @param finishTimeout {@code S6_KILL_FINISH_MAXTIME}: for each script of cont-finish.d
 * @param servicesGrace {@code S6_SERVICES_GRACETIME}: for the services to go down
 * @param killGrace {@code S6_KILL_GRACETIME}: from TERM to KILL for everything that is left
 * @param profile {@code S6_RUNTIME_PROFILE}: the tree is that of {@code /etc/cont-profile.d/PROFILE}; "" for /etc
 * @param commandBefore {@code S6_CMD_ARG0}: words put before CMD
 * @param fixHidden {@code S6_FIX_ATTRS_HIDDEN}: fix-attrs.d reaches files whose names begin with a dot, too
 * @param waitForServices {@code S6_CMD_WAIT_FOR_SERVICES}: CMD waits until all services are ready
 * @param waitForServicesMax {@code S6_CMD_WAIT_FOR_SERVICES_MAXTIME}
 * @param syncDisks {@code S6_SYNC_DISKS}: file systems are synchronised at the end
 * @param warnings about values that could not be used
 */
public record Variables(
        boolean keepEnvironment,
        int logEverything,
        IfBootFails ifBootFails,
        Duration finishTimeout,
        Duration servicesGrace,
        Duration killGrace,
        String profile,
        List<String> commandBefore,
        boolean fixHidden,
        boolean waitForServices,
        Duration waitForServicesMax,
        boolean syncDisks,
        List<String> warnings) {

    /** What follows when a step of the boot fails. */
    public enum IfBootFails {
        /** 0: nothing. */
        IGNORE,
        /** 1: it is said loudly, and everything goes on. */
        WARN,
        /** 2: the container ends with the code of what failed. */
        STOP
    }

    /** A profile is the name of a directory, and nothing that leads out of its place. */
    private static final Pattern PROFILE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");

    /** Of the variables it knows; the others are none of its business. */
    public static Variables of(Map<String, String> environment) {
        var warnings = new ArrayList<String>();
        var reader = new Reader(environment, warnings);
        String profile = environment.getOrDefault("S6_RUNTIME_PROFILE", "");
        if (!profile.isEmpty() && !PROFILE.matcher(profile).matches()) {
            warnings.add("S6_RUNTIME_PROFILE=" + profile + " is no name of a directory and is ignored");
            profile = "";
        }
        IfBootFails ifBootFails = IfBootFails.values()[reader.number("S6_BEHAVIOUR_IF_STAGE2_FAILS", 0, 2)];
        String before = environment.getOrDefault("S6_CMD_ARG0", "").strip();
        return new Variables(
                reader.flag("S6_KEEP_ENV"),
                reader.number("S6_LOGGING", 0, 2),
                ifBootFails,
                reader.millis("S6_KILL_FINISH_MAXTIME", 5_000),
                reader.millis("S6_SERVICES_GRACETIME", 3_000),
                reader.millis("S6_KILL_GRACETIME", 3_000),
                profile,
                before.isEmpty() ? List.of() : List.of(before.split("[ \t\n]+", -1)),
                reader.flag("S6_FIX_ATTRS_HIDDEN"),
                reader.flag("S6_CMD_WAIT_FOR_SERVICES"),
                reader.millis("S6_CMD_WAIT_FOR_SERVICES_MAXTIME", 5_000),
                reader.flag("S6_SYNC_DISKS"),
                List.copyOf(warnings));
    }

    private record Reader(Map<String, String> environment, List<String> warnings) {
        boolean flag(String name) {
            return number(name, 0, 1) == 1;
        }

        int number(String name, int usual, int most) {
            return Math.toIntExact(number(name, usual, most, "a number from 0 to " + most));
        }

        Duration millis(String name, int usual) {
            return Duration.ofMillis(number(name, usual, Integer.MAX_VALUE, "a number of milliseconds"));
        }

        private long number(String name, int usual, int most, String expected) {
            String text = environment.getOrDefault(name, "").strip();
            if (text.isEmpty()) {
                return usual;
            }
            try {
                long number = Long.parseLong(text);
                if (number >= 0 && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // falls through to the one warning
            }
            warnings.add(name + "=" + text + " is not " + expected + "; " + usual + " is used");
            return usual;
        }
    }
}
