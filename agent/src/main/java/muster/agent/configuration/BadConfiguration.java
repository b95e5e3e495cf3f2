package muster.agent.configuration;

import java.util.List;

/** What the operator wrote cannot be used. Lists every problem found, each with its place and what to do about it. */
public final class BadConfiguration extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BadConfiguration(List<String> problems) {
        super(String.join("\n", problems));
    }

    public BadConfiguration(String problem) {
        super(problem);
    }
}
