package muster.proof.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule of {@link HouseRules} holds for the program, and the program was really looked at. */
class HouseRulesTest {
    private static final JavaClasses PROGRAM = Rooms.program();

    @ParameterizedTest(name = "{0}")
    @MethodSource("muster.proof.architecture.HouseRules#names")
    void the_program_keeps_the_rule(String name) {
        ArchRule rule = HouseRules.named(name);

        rule.check(PROGRAM);
    }

    @Test
    void every_room_was_found_on_the_class_path() {
        for (String room : Rooms.ALL) {
            String prefix = room.substring(0, room.length() - 2);
            assertThat(PROGRAM.stream().filter(type -> type.getPackageName().startsWith(prefix)))
                    .as("classes of %s", prefix)
                    .isNotEmpty();
        }
        assertThat(PROGRAM.stream().map(type -> type.getName()))
                .contains("muster.gossip.Gossip")
                .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("planted"));
    }
}
