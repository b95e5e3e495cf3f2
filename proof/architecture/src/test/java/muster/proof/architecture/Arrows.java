package muster.proof.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

/** Who may know whom. Maven and module-info say most of it; this says all of it in one place. */
final class Arrows {
    static final ArchRule every_class_lives_in_a_room = classes()
            .should()
            .resideInAnyPackage(Rooms.ALL.toArray(String[]::new))
            .because("a new room is entered in Rooms and gets its arrows here");

    static final ArchRule gossip_knows_only_the_jdk = classes()
            .that()
            .resideInAPackage(Rooms.GOSSIP)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(Rooms.GOSSIP, "java..", "javax.crypto..", "org.jspecify..");

    static final ArchRule balancing_knows_only_the_jdk = classes()
            .that()
            .resideInAPackage(Rooms.BALANCING)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(Rooms.BALANCING, "java..", "org.jspecify..");

    static final ArchRule supervisor_knows_only_the_jdk = classes()
            .that()
            .resideInAPackage(Rooms.SUPERVISOR)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(Rooms.SUPERVISOR, "java..", "org.jspecify..");

    static final ArchRule pure_supervisor_does_not_know_its_edge = noClasses()
            .that()
            .resideInAPackage(Rooms.SUPERVISOR_PURE)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(Rooms.SUPERVISOR_LINUX)
            .because("the edge obeys the machine, never the other way round");

    static final ArchRule wire_does_not_know_the_protocol = noClasses()
            .that()
            .resideInAPackage("muster.gossip.wire..")
            .should()
            .dependOnClassesThat(resideInAPackage(Rooms.GOSSIP)
                    .and(DescribedPredicate.not(resideInAPackage("muster.gossip.wire.."))))
            .because("bytes are turned into values there and nothing is decided");

    static final ArchRule proxy_knows_balancing_and_netty = classes()
            .that()
            .resideInAPackage(Rooms.PROXY)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(Rooms.PROXY, Rooms.BALANCING, "io.netty..", "java..", "javax.net..", "org.jspecify..");

    static final ArchRule templating_knows_balancing_and_handlebars = classes()
            .that()
            .resideInAPackage(Rooms.TEMPLATING)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    Rooms.TEMPLATING, Rooms.BALANCING, "com.github.jknack.handlebars..", "java..", "org.jspecify..");

    static final ArchRule only_templating_knows_handlebars = noClasses()
            .that()
            .resideOutsideOfPackage(Rooms.TEMPLATING)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.github.jknack.handlebars..")
            .because("it hands out no engine that was not made safe");

    static final ArchRule haproxy_knows_balancing_and_templating = classes()
            .that()
            .resideInAPackage(Rooms.HAPROXY)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(Rooms.HAPROXY, Rooms.BALANCING, Rooms.TEMPLATING, "java..", "org.jspecify..");

    static final ArchRule nothing_knows_the_agent = noClasses()
            .that()
            .resideOutsideOfPackages(Rooms.AGENT, Rooms.DEMO)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(Rooms.AGENT, Rooms.DEMO)
            .because("the agent wires the rooms; a room that calls back into it cannot be tested alone");

    static final ArchRule demo_knows_the_rpc_client_only = noClasses()
            .that()
            .resideInAPackage(Rooms.DEMO)
            .should()
            .dependOnClassesThat(resideInAPackage("muster..")
                    .and(DescribedPredicate.not(resideInAPackage(Rooms.DEMO)))
                    .and(DescribedPredicate.not(resideInAPackage("muster.agent.rpc..")))
                    .and(DescribedPredicate.not(nameMatching("muster\\.gossip\\.Member(\\$.*)?"))))
            .because("it shows what anybody can do from outside");

    static final ArchRule packages_have_no_cycles =
            slices().assignedFrom(new EachPackage()).should().beFreeOfCycles();

    private Arrows() {}

    private static final class EachPackage implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            String name = javaClass.getPackageName();
            return name.startsWith("muster.") ? SliceIdentifier.of(name) : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "each package of the program";
        }
    }
}
