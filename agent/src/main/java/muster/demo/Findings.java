package muster.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the story measured, in its order. Thread-safe. */
final class Findings {

    /** One chapter: what was done, what was measured, what did not come as it should. */
    record Chapter(String title, long fromNanos, List<Measure> measures, List<String> problems) {}

    /** One measured time: {@code what} reads like "kill → traffic moved". */
    record Measure(String what, Duration took, String note) {}

    private final List<Chapter> chapters = new ArrayList<>();

    synchronized void chapter(String title) {
        chapters.add(new Chapter(title, System.nanoTime(), new ArrayList<>(), new ArrayList<>()));
    }

    synchronized void measured(String what, Duration took, String note) {
        chapters.getLast().measures().add(new Measure(what, took, note));
    }

    /** Something that should have happened did not. */
    synchronized void problem(String problem) {
        if (chapters.isEmpty()) {
            chapter("start");
        }
        chapters.getLast().problems().add(problem);
    }

    synchronized boolean flawless() {
        return chapters.stream().allMatch(chapter -> chapter.problems().isEmpty());
    }

    synchronized List<Chapter> chapters() {
        return chapters.stream()
                .map(chapter -> new Chapter(
                        chapter.title(),
                        chapter.fromNanos(),
                        List.copyOf(chapter.measures()),
                        List.copyOf(chapter.problems())))
                .toList();
    }
}
