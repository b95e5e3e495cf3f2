package muster.agent.cli;

import java.util.List;

/** {@code muster version}. */
final class Version implements FlaglessCommand {
    /** Serf's protocol numbers, as its own version command prints them. */
    static final String PROTOCOL = "Agent Protocol: 5 (Understands back to: 2)";

    @Override
    public String name() {
        return "version";
    }

    @Override
    public String summary() {
        return "print the version";
    }

    @Override
    public String wordsHelp() {
        return "";
    }

    @Override
    public String story() {
        return "Prints Muster's version and the Serf protocol it speaks.";
    }

    @Override
    public int run(List<String> arguments, Console console) {
        if (!arguments.isEmpty()) {
            throw new Misuse("It takes no words, and got " + String.join(" ", arguments));
        }
        console.line("Muster v" + number());
        console.line(PROTOCOL);
        return OK;
    }

    /** Muster's own number, from the jar; "dev" when it runs from class files. */
    static String number() {
        String number = Version.class.getPackage().getImplementationVersion();
        return number == null ? "dev" : number;
    }
}
