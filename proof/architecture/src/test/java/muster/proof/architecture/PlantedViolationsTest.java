package muster.proof.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A check that cannot fail checks nothing: each rule must report the classes that were planted against it. */
class PlantedViolationsTest {
    private static final JavaClasses PLANTED = new ClassFileImporter()
            .withImportOption(location -> location.contains("test-classes")
                    && location.asURI().toString().toLowerCase(Locale.ROOT).contains("planted"))
            .importPackages("muster");

    @ParameterizedTest(name = "{0}")
    @MethodSource("muster.proof.architecture.HouseRules#names")
    void the_rule_reports_what_was_planted_against_it(String name) {
        List<JavaClass> culprits = plantedAgainst(name);
        assertThat(culprits).as("classes marked @Breaks(\"%s\")", name).isNotEmpty();

        EvaluationResult result = HouseRules.named(name).evaluate(PLANTED);

        assertThat(result.hasViolation()).isTrue();
        for (JavaClass culprit : culprits) {
            assertThat(result.getFailureReport().toString()).contains(culprit.getName());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("muster.proof.architecture.HouseRules#names")
    void the_rule_leaves_clean_classes_alone(String name) {
        if (name.equals("every_package_has_its_door_sign")) {
            return; // planted packages have none
        }
        EvaluationResult result = HouseRules.named(name).evaluate(PLANTED);

        assertThat(result.getFailureReport().toString()).doesNotContain("Innocent");
    }

    @Test
    void every_planted_class_names_a_rule_that_exists() {
        Set<String> named = new TreeSet<>();
        PLANTED.forEach(type ->
                type.tryGetAnnotationOfType(Breaks.class).ifPresent(breaks -> named.addAll(List.of(breaks.value()))));

        assertThat(HouseRules.names()).containsAll(named);
    }

    private static List<JavaClass> plantedAgainst(String rule) {
        return PLANTED.stream()
                .filter(type -> type.isAnnotatedWith(Breaks.class))
                .filter(type ->
                        List.of(type.getAnnotationOfType(Breaks.class).value()).contains(rule))
                .toList();
    }
}
