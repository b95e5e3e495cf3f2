package muster.proof.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Pages that point into the code. */
class PagesTest {
    private static final Path ROOT = Path.of("../..");
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)#(\\w+)`");

    @Test
    void every_test_that_the_page_of_serfs_behaviours_names_is_there() throws IOException {
        Map<String, List<String>> sources = testSources();
        var named = TEST.matcher(Files.readString(ROOT.resolve("docs/reference/serf-behaviours.md")))
                .results()
                .toList();
        assertThat(named).hasSizeGreaterThan(100);
        assertThat(named)
                .allSatisfy(each -> assertThat(sources.getOrDefault(each.group(1), List.of()))
                        .as(each.group())
                        .anyMatch(source -> source.contains(" void " + each.group(2) + "(")));
    }

    /** By the name of the class, of which some rooms have one each. */
    private static Map<String, List<String>> testSources() throws IOException {
        var sources = new HashMap<String, List<String>>();
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                String name = folder.getFileName().toString();
                return name.equals("target") || name.equals(".git")
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = file.getFileName().toString();
                if (name.endsWith("Test.java")) {
                    sources.computeIfAbsent(name.replace(".java", ""), _ -> new ArrayList<>())
                            .add(Files.readString(file));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return sources;
    }
}
