package muster.agent.configuration;

import java.util.List;
import java.util.stream.Collectors;

/** What the operator wrote cannot be used. Lists every problem found, each on a line of its own with its place and what to do about it. */
public class BadConfiguration extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final int LENGTH_MAX = 1_000; // some lines of a terminal

    public BadConfiguration(List<String> problems) {
        super(problems.stream().map(BadConfiguration::onOneLine).collect(Collectors.joining("\n")));
    }

    public BadConfiguration(String problem) {
        this(List.of(problem));
    }

    /** Whatever value or key the problem repeats: the place at the beginning and the remedy at the end stay. */
    private static String onOneLine(String problem) {
        String shown = problem.length() <= LENGTH_MAX
                ? problem
                : problem.substring(0, LENGTH_MAX / 2) + " … " + problem.substring(problem.length() - LENGTH_MAX / 2);
        return shown.codePoints()
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
