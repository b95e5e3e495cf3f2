package muster.templating.target;

/** What became of one text. */
public sealed interface Outcome {
    /** One line, or several when a program said so many: for a log. */
    String words();

    /** The destination holds it already, and it has been applied. */
    record Unchanged() implements Outcome {
        @Override
        public String words() {
            return "unchanged";
        }
    }

    /** In its place, and applied. */
    record Applied() implements Outcome {
        @Override
        public String words() {
            return "applied";
        }
    }

    /** Not written, or not liked by the check. The old file was not touched. */
    record Refused(String words) implements Outcome {}

    /** It was in its place and could not be applied; the file before is there again. */
    record RolledBack(String words) implements Outcome {}

    /** It is in its place and could not be applied, and there is nothing to go back to. */
    record NotApplied(String words) implements Outcome {}

    /** Whether it should be tried again though nothing has changed. */
    default boolean isFailure() {
        return switch (this) {
            case Unchanged _, Applied _ -> false;
            case Refused _, RolledBack _, NotApplied _ -> true;
        };
    }
}
