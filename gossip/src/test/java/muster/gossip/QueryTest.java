package muster.gossip;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static muster.gossip.Subject.address;
import static muster.gossip.Subject.alive;
import static muster.gossip.Subject.tags;
import static muster.gossip.Subject.user;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.ConflictCodec;
import muster.gossip.wire.Decoded;
import muster.gossip.wire.FilterCodec;
import muster.gossip.wire.FilterCodec.Filter;
import muster.gossip.wire.KeyCodec;
import muster.gossip.wire.Keyring;
import muster.gossip.wire.Message;
import muster.gossip.wire.MessageCodec;
import muster.gossip.wire.Packet;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage;
import muster.gossip.wire.SerfMessage.Query;
import muster.gossip.wire.SerfMessage.QueryResponse;
import muster.gossip.wire.StreamCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries, asked and answered; the test plays the other members. */
class QueryTest {
    private static final Bytes OLD = Bytes.of(new byte[16]);
    private static final Bytes NEW = Bytes.hex("000102030405060708090a0b0c0d0e0f");

    /** Serf's gossip interval on a LAN. */
    private static final Duration ROUND = ofMillis(200);

    private final Subject me = new Subject();

    private static Input.Ask ask(List<String> nodes, SortedMap<String, String> tags, boolean ack) {
        return new Input.Ask(5, "load", Bytes.utf8("?"), nodes, tags, ack, 0, Duration.ZERO);
    }

    private static Input.Ask ask() {
        return ask(List.of(), tags(), false);
    }

    private static Query query(long id, int relayFactor, long flags, List<Bytes> filters, String name, Bytes payload) {
        return new Query(
                3,
                id,
                address(9).ip(),
                7946,
                "p9",
                filters,
                flags,
                relayFactor,
                ofSeconds(3).toNanos(),
                name,
                payload);
    }

    private static Query query(Bytes... filters) {
        return query(1, 0, 0, List.of(filters), "load", Bytes.EMPTY);
    }

    /** Our newest question, as others hear it in the next round of gossip. */
    private Query asked(Subject by) {
        if (by.said(Query.class).isEmpty()) {
            by.passes(ROUND);
        }
        return by.said(Query.class).stream()
                .max(Comparator.comparingLong(Query::time))
                .orElseThrow();
    }

    private Message answer(String from, String words) {
        Query query = asked(me);
        return user(new QueryResponse(query.time(), query.id(), from, 0, Bytes.utf8(words)));
    }

    private Message ack(String from) {
        Query query = asked(me);
        return user(new QueryResponse(query.time(), query.id(), from, QueryResponse.ACK, Bytes.EMPTY));
    }

    /** What was sent to that member as answers. */
    private static List<QueryResponse> answersTo(Subject by, int number) {
        var answers = new ArrayList<QueryResponse>();
        for (Message.User said : by.sentTo(number, Message.User.class)) {
            if (SerfCodec.decode(said.payload()) instanceof Decoded.Ok<SerfMessage>(QueryResponse response)) {
                answers.add(response);
            }
        }
        return answers;
    }

    @Test
    void a_query_goes_out_with_the_address_to_answer_to_and_is_heard_here_as_well() {
        me.knows(2).tells(ask());
        Query query = asked(me);
        assertThat(query.address()).isEqualTo(address(1).ip());
        assertThat(query.sourceNode()).isEqualTo("me");
        assertThat(query.timeoutNanos()).as("Serf's for up to nine members").isEqualTo(3_200_000_000L);
        assertThat(query.filters()).isEmpty();
        assertThat(me.notices(Notice.QueryHeard.class))
                .containsExactly(new Notice.QueryHeard(1, query.time(), "load", Bytes.utf8("?"), "me", 3_200_000_000L));
    }

    @Test
    void a_query_ends_as_soon_as_all_have_answered() {
        me.knows(2).tells(ask());
        me.hears(answer("p2", "a"), answer("p3", "b")).tells(new Input.Deadline());
        assertThat(me.notices(Notice.QueryEnded.class)).isEmpty();
        me.tells(new Input.Answer(1, Bytes.utf8("c"))).passes(ofMillis(1));
        assertThat(me.notices(Notice.QueryAnswered.class))
                .containsExactly(
                        new Notice.QueryAnswered(5, "p2", Bytes.utf8("a")),
                        new Notice.QueryAnswered(5, "p3", Bytes.utf8("b")),
                        new Notice.QueryAnswered(5, "me", Bytes.utf8("c")));
        assertThat(me.notices(Notice.QueryEnded.class)).containsExactly(new Notice.QueryEnded(5, 3, 0, 3));
        me.hears(answer("p4", "late"));
        assertThat(me.counted(Counter.QUERY_RESPONSES_UNEXPECTED)).isEqualTo(1);
        me.passes(ofSeconds(5));
        assertThat(me.notices(Notice.QueryEnded.class)).hasSize(1);
    }

    private static List<Query> queriesTo(Subject by, int number) {
        var queries = new ArrayList<Query>();
        for (Message.User said : by.sentTo(number, Message.User.class)) {
            if (SerfCodec.decode(said.payload()) instanceof Decoded.Ok<SerfMessage>(Query query)
                    && (query.flags() & Query.NO_BROADCAST) != 0) {
                queries.add(query);
            }
        }
        return queries;
    }

    @Test
    void who_has_not_answered_by_half_of_the_time_is_asked_again_directly_and_once() {
        me.knows(3).tells(ask(List.of(), tags(), true));
        Query query = asked(me);
        me.hears(answer("p2", "a"), ack("p2"), ack("p3")).passes(ofMillis(1_599).minus(ROUND));
        assertThat(queriesTo(me, 3)).isEmpty();
        me.passes(ofMillis(1));
        assertThat(queriesTo(me, 2)).as("it has said all").isEmpty();
        assertThat(queriesTo(me, 3)).as("its answer may be lost").hasSize(1);
        assertThat(queriesTo(me, 4)).singleElement().satisfies(again -> {
            assertThat(again.time()).isEqualTo(query.time());
            assertThat(again.id()).isEqualTo(query.id());
            assertThat(again.flags()).isEqualTo(Query.ACK | Query.NO_BROADCAST);
            assertThat(again.timeoutNanos()).as("what is left").isEqualTo(1_600_000_000L);
        });
        assertThat(me.counted(Counter.QUERIES_REPEATED)).isEqualTo(2);
        me.passes(ofSeconds(5));
        assertThat(me.counted(Counter.QUERIES_REPEATED)).isEqualTo(2);
    }

    @Test
    void a_query_that_takes_long_is_asked_again_when_gossip_must_have_told_it() {
        me.knows(1).tells(new Input.Ask(5, "load", Bytes.EMPTY, List.of(), tags(), false, 0, Duration.ofHours(1)));
        me.passes(ofMillis(1_600));
        assertThat(queriesTo(me, 2)).hasSize(1);
    }

    @Test
    void many_that_are_silent_are_asked_again_a_few_at_a_time_until_the_end() {
        me.knows(200).tells(ask(List.of(), tags(), false));
        Duration timeout =
                Duration.ofNanos(me.notices(Notice.QueryHeard.class).getFirst().timeoutNanos());
        me.passes(timeout.dividedBy(2));
        assertThat(me.counted(Counter.QUERIES_REPEATED)).isEqualTo(Asking.REPEATS_AT_ONCE);
        me.passes(ROUND);
        assertThat(me.counted(Counter.QUERIES_REPEATED)).isEqualTo(2 * Asking.REPEATS_AT_ONCE);
        me.passes(timeout);
        assertThat(me.counted(Counter.QUERIES_REPEATED)).isEqualTo(200);
        me.passes(ofSeconds(60));
        assertThat(me.counted(Counter.QUERIES_REPEATED)).isEqualTo(200);
    }

    @Test
    void a_query_that_has_ended_is_not_asked_again() {
        me.knows(1).tells(new Input.Ask(5, "load", Bytes.EMPTY, List.of("p2"), tags(), false, 0, Duration.ZERO));
        me.hears(answer("p2", "a")).passes(ofSeconds(10));
        assertThat(me.counted(Counter.QUERIES_REPEATED)).isZero();
    }

    @Test
    void who_is_asked_again_by_name_says_again_what_it_said_and_nobody_here_is_asked_twice() {
        Query query = query(1, 0, Query.ACK, List.of(), "load", Bytes.EMPTY);
        me.knows(1).hears(user(query)).tells(new Input.Answer(1, Bytes.utf8("low")));
        List<QueryResponse> said = answersTo(me, 9);
        assertThat(said).hasSize(2);
        me.hears(user(query));
        assertThat(answersTo(me, 9)).as("a copy that travels around").hasSize(2);
        me.hears(user(query.directed(1_000)));
        assertThat(answersTo(me, 9)).hasSize(4).endsWith(said.get(0), said.get(1));
        assertThat(me.notices(Notice.QueryHeard.class)).hasSize(1);
        me.passes(ofSeconds(4)).hears(user(query.directed(1_000)));
        assertThat(answersTo(me, 9)).as("it is over: the ack alone").hasSize(5);
    }

    @Test
    void who_is_asked_again_by_name_and_had_missed_it_answers_and_tells_nobody() {
        me.knows(1)
                .hears(user(
                        query(1, 0, Query.ACK, List.of(), "load", Bytes.EMPTY).directed(1_000_000_000)));
        me.tells(new Input.Answer(1, Bytes.utf8("low"))).passes(ofSeconds(2));
        assertThat(answersTo(me, 9)).hasSize(2);
        assertThat(me.said(Query.class)).isEmpty();
    }

    @Test
    void answers_that_are_kept_to_be_said_again_are_limited() {
        me.knows(1);
        for (int id = 1; id <= Answering.OPEN_MAX + 1; id++) {
            me.hears(user(new Query(
                    id,
                    id,
                    address(9).ip(),
                    7946,
                    "p9",
                    List.of(),
                    0,
                    0,
                    ofSeconds(3).toNanos(),
                    "load",
                    Bytes.EMPTY)));
            me.tells(new Input.Answer(id, Bytes.utf8("low")));
        }
        me.effects.clear();
        me.hears(user(new Query(
                        Answering.OPEN_MAX + 1,
                        Answering.OPEN_MAX + 1,
                        address(9).ip(),
                        7946,
                        "p9",
                        List.of(),
                        0,
                        0,
                        ofSeconds(3).toNanos(),
                        "load",
                        Bytes.EMPTY)
                .directed(1)));
        assertThat(answersTo(me, 9)).hasSize(1);
    }

    @Test
    void a_query_that_not_all_answer_ends_when_its_time_is_up() {
        me.knows(2).tells(ask());
        me.hears(answer("p2", "a")).passes(ofMillis(3_199).minus(ROUND));
        assertThat(me.notices(Notice.QueryEnded.class)).isEmpty();
        me.passes(ofMillis(1));
        assertThat(me.notices(Notice.QueryEnded.class)).containsExactly(new Notice.QueryEnded(5, 3, 0, 1));
        me.tells(new Input.Answer(1, Bytes.utf8("too late"))).passes(ofMillis(1));
        assertThat(me.notices(Notice.QueryAnswered.class)).hasSize(1);
    }

    @Test
    void with_acks_wanted_both_are_waited_for_and_each_counts_once() {
        me.knows(1).tells(ask(List.of("p2"), tags(), true));
        me.hears(answer("p2", "a"), answer("p2", "a")).passes(ofMillis(5));
        assertThat(me.notices(Notice.QueryEnded.class)).isEmpty();
        me.hears(ack("p2"), ack("p2")).passes(ofMillis(5));
        assertThat(me.notices(Notice.QueryAcked.class)).containsExactly(new Notice.QueryAcked(5, "p2"));
        assertThat(me.notices(Notice.QueryAnswered.class)).hasSize(1);
        assertThat(me.counted(Counter.QUERY_RESPONSES_SEEN_BEFORE)).isEqualTo(2);
        assertThat(me.notices(Notice.QueryEnded.class)).containsExactly(new Notice.QueryEnded(5, 1, 1, 1));
    }

    @Test
    void only_those_that_the_filters_mean_are_expected_and_a_ping_expects_acks_only() {
        me.hears(alive(2, 1, "role", "web"), alive(3, 1, "role", "db"));
        me.tells(ask(List.of(), tags("role", "^w"), false));
        assertThat(asked(me).filters()).containsExactly(Bytes.hex("0182a445787072a25e77a3546167a4726f6c65"));
        me.hears(answer("p2", "a")).passes(ofMillis(1));
        assertThat(me.notices(Notice.QueryEnded.class)).containsExactly(new Notice.QueryEnded(5, 1, 0, 1));
        me.effects.clear();
        me.tells(new Input.Ask(6, "_serf_ping", Bytes.EMPTY, List.of("p3"), tags(), true, 0, Duration.ZERO));
        me.hears(ack("p3")).passes(ofMillis(1));
        assertThat(me.notices(Notice.QueryEnded.class)).containsExactly(new Notice.QueryEnded(6, 1, 1, 0));
    }

    @Test
    void what_is_too_long_too_many_or_serfs_own_is_not_asked() {
        me.knows(1);
        me.tells(new Input.Ask(1, "x", Bytes.of(new byte[1_024]), List.of(), tags(), false, 0, Duration.ZERO));
        me.tells(new Input.Ask(2, "_serf_conflict", Bytes.utf8("me"), List.of(), tags(), false, 0, Duration.ZERO));
        assertThat(me.notices(Notice.QueryRefused.class))
                .containsExactly(
                        new Notice.QueryRefused(1, "query exceeds limit of 1024 bytes"),
                        new Notice.QueryRefused(2, "Queries cannot contain the '_serf_' prefix"));
        for (int i = 0; i < Asking.CLIENTS_MAX + 1; i++) {
            me.tells(ask());
        }
        assertThat(me.notices(Notice.QueryRefused.class)).hasSize(3);
        assertThat(me.counted(Counter.QUERIES_REFUSED)).isEqualTo(3);
    }

    @Test
    void sizes_are_the_operators_but_never_more_than_travels() {
        var brief = new Subject(settings -> settings.with(new Settings.Sizes(20, 120, 60))).knows(1);
        brief.tells(new Input.Ask(1, "x", Bytes.of(new byte[100]), List.of(), tags(), false, 0, Duration.ZERO));
        assertThat(brief.notices(Notice.QueryRefused.class))
                .containsExactly(new Notice.QueryRefused(1, "query exceeds limit of 120 bytes"));
        brief.tells(new Input.SendEvent("x", Bytes.of(new byte[20]), false));
        assertThat(brief.notices(Notice.EventRefused.class))
                .containsExactly(
                        new Notice.EventRefused("user event exceeds configured limit of 20 bytes before encoding"));
        brief.hears(user(query())).tells(new Input.Answer(1, Bytes.of(new byte[60])));
        assertThat(brief.notices(Notice.AnswerRefused.class))
                .containsExactly(new Notice.AnswerRefused(1, "response exceeds limit of 60 bytes"));

        var wide = new Subject(settings -> settings.with(new Settings.Sizes(9_216, 9_216, 9_216))).knows(1);
        wide.tells(new Input.SendEvent("x", Bytes.of(new byte[1_300]), false));
        wide.tells(new Input.SendEvent("x", Bytes.of(new byte[1_400]), false));
        wide.tells(new Input.Ask(1, "x", Bytes.of(new byte[1_400]), List.of(), tags(), false, 0, Duration.ZERO));
        assertThat(wide.notices(Notice.UserEventSeen.class)).hasSize(1);
        assertThat(wide.notices(Notice.EventRefused.class)).hasSize(1);
        assertThat(wide.notices(Notice.QueryRefused.class)).hasSize(1);
        wide.hears(user(query())).tells(new Input.Answer(1, Bytes.of(new byte[5_000])));
        assertThat(answersTo(wide, 9)).hasSize(1);
        assertThat(wide.counted(Counter.MESSAGES_TOO_LONG)).isZero();
    }

    @Test
    void a_query_for_us_is_acked_at_once_and_answered_once_to_its_address() {
        me.knows(2).hears(user(query(7, 0, Query.ACK, List.of(), "load", Bytes.utf8("?"))));
        assertThat(answersTo(me, 9)).containsExactly(new QueryResponse(3, 7, "me", QueryResponse.ACK, Bytes.EMPTY));
        assertThat(me.notices(Notice.QueryHeard.class))
                .containsExactly(new Notice.QueryHeard(1, 3, "load", Bytes.utf8("?"), "p9", 3_000_000_000L));
        me.effects.clear();
        me.tells(new Input.Answer(1, Bytes.of(new byte[1_024])));
        assertThat(me.notices(Notice.AnswerRefused.class))
                .containsExactly(new Notice.AnswerRefused(1, "response exceeds limit of 1024 bytes"));
        me.tells(new Input.Answer(1, Bytes.utf8("42")));
        assertThat(answersTo(me, 9)).containsExactly(new QueryResponse(3, 7, "me", 0, Bytes.utf8("42")));
        me.tells(new Input.Answer(1, Bytes.utf8("43")));
        assertThat(me.counted(Counter.ANSWERS_REFUSED)).isEqualTo(2);
        assertThat(answersTo(me, 9)).hasSize(1);
    }

    @Test
    void an_answer_past_the_deadline_is_refused() {
        me.knows(1).hears(user(query())).passes(ofMillis(3_001));
        me.tells(new Input.Answer(1, Bytes.utf8("late")));
        assertThat(me.notices(Notice.AnswerRefused.class))
                .containsExactly(new Notice.AnswerRefused(1, "response is past the deadline"));
    }

    @Test
    void a_query_that_means_others_is_told_on_and_nothing_more() {
        me.knows(2).hears(user(query(FilterCodec.encode(new Filter.Nodes(List.of("p2", "p3"))))));
        me.hears(user(
                query(2, 0, Query.ACK, List.of(FilterCodec.encode(new Filter.Tag("role", "web"))), "a", Bytes.EMPTY)));
        me.hears(user(
                query(3, 0, Query.ACK, List.of(FilterCodec.encode(new Filter.Tag("role", "("))), "a", Bytes.EMPTY)));
        me.hears(user(query(4, 0, Query.ACK, List.of(Bytes.hex("05")), "a", Bytes.EMPTY)));
        assertThat(me.notices(Notice.QueryHeard.class)).isEmpty();
        assertThat(answersTo(me, 9)).isEmpty();
        assertThat(me.counted(Counter.QUERY_FILTERS_UNREADABLE)).isEqualTo(1);
        me.passes(ofSeconds(2));
        assertThat(me.said(Query.class)).extracting(Query::id).contains(1L, 2L, 3L, 4L);
        me.hears(user(query(5, 0, 0, List.of(FilterCodec.encode(new Filter.Tag("role", "^$"))), "a", Bytes.EMPTY)));
        assertThat(me.notices(Notice.QueryHeard.class))
                .as("no tag is an empty one")
                .hasSize(1);
    }

    @Test
    void a_query_with_more_filters_than_are_tried_is_told_on_and_nothing_more() {
        Bytes any = FilterCodec.encode(new Filter.Tag("role", ""));
        me.knows(1)
                .hears(user(
                        query(1, 0, Query.ACK, Collections.nCopies(Answering.FILTERS_MAX + 1, any), "a", Bytes.EMPTY)));
        assertThat(answersTo(me, 9)).isEmpty();
        assertThat(me.notices(Notice.QueryHeard.class)).isEmpty();
        assertThat(me.counted(Counter.QUERY_FILTERS_UNREADABLE)).isEqualTo(1);
        me.passes(ofSeconds(2));
        assertThat(me.said(Query.class)).extracting(Query::id).contains(1L);
        me.hears(user(query(2, 0, 0, Collections.nCopies(Answering.FILTERS_MAX, any), "a", Bytes.EMPTY)));
        assertThat(me.notices(Notice.QueryHeard.class)).hasSize(1);
    }

    @Test
    void all_expressions_of_a_query_together_take_no_more_steps_than_one_may() {
        Bytes large = FilterCodec.encode(new Filter.Tag("role", "x{0,1000}"));
        me.hears(user(query(1, 0, 0, List.of(large, large), "a", Bytes.EMPTY)));
        assertThat(me.notices(Notice.QueryHeard.class)).hasSize(1);
        me.hears(user(query(2, 0, 0, List.of(large, large, large), "a", Bytes.EMPTY)));
        assertThat(me.notices(Notice.QueryHeard.class)).hasSize(1);
    }

    @Test
    void answers_are_relayed_by_as_many_others_as_the_query_wants() {
        me.knows(5).hears(user(query(7, 2, 0, List.of(), "load", Bytes.EMPTY)));
        me.effects.clear();
        me.tells(new Input.Answer(1, Bytes.utf8("42")));
        assertThat(answersTo(me, 9)).hasSize(1);
        Bytes inner = SerfCodec.encode(new QueryResponse(3, 7, "me", 0, Bytes.utf8("42")));
        assertThat(me.said(SerfMessage.Relay.class))
                .hasSize(2)
                .containsOnly(new SerfMessage.Relay(address(9).ip(), 7946, "", "p9", inner));
        var lonely = new Subject().knows(1);
        lonely.hears(user(query(7, 2, 0, List.of(), "load", Bytes.EMPTY))).tells(new Input.Answer(1, Bytes.utf8("42")));
        assertThat(lonely.said(SerfMessage.Relay.class))
                .as("too few to be worth it")
                .isEmpty();
    }

    @Test
    void queries_that_wait_for_an_answer_are_limited() {
        for (int i = 0; i < Answering.OPEN_MAX + 2; i++) {
            var query =
                    new Query(3 + i, 1, address(9).ip(), 7946, "p9", List.of(), 0, 0, Long.MAX_VALUE, "a", Bytes.EMPTY);
            me.hears(user(query));
        }
        assertThat(me.counted(Counter.QUERIES_OPEN_LIMITED)).isEqualTo(2);
        me.tells(new Input.Answer(2, Bytes.EMPTY));
        assertThat(me.notices(Notice.AnswerRefused.class)).hasSize(1);
    }

    @Test
    void a_conflict_is_answered_only_about_members_that_are_known_alive() {
        me.knows(2).hears(Subject.dead(3, 1, "p9"));
        for (String name : List.of("me", "p3", "stranger", "")) {
            me.hears(user(query(name.length() + 10, 0, 0, List.of(), "_serf_conflict", Bytes.utf8(name))));
        }
        assertThat(answersTo(me, 9)).isEmpty();
        me.hears(user(query(1, 0, 0, List.of(), "_serf_conflict", Bytes.utf8("p2"))));
        assertThat(answersTo(me, 9))
                .singleElement()
                .satisfies(response -> assertThat(ConflictCodec.decode(response.payload()))
                        .isEqualTo(new Decoded.Ok<>(
                                new ConflictCodec.Place(address(2).ip(), 7946))));
        assertThat(me.notices(Notice.QueryHeard.class)).as("no handler sees it").isEmpty();
    }

    @Test
    void clients_leave_places_to_questions_about_keys_and_these_leave_one_to_the_vote_about_a_name() {
        me.knows(1);
        for (int i = 0; i < Asking.RUNNING_MAX; i++) {
            me.tells(ask());
        }
        me.effects.clear();
        me.tells(new Input.AskAboutKeys(8, Input.KeyChange.LIST, Bytes.EMPTY));
        assertThat(asked(me).name()).isEqualTo("_serf_list-keys");
        for (int i = 0; i < Asking.RUNNING_MAX; i++) {
            me.tells(new Input.AskAboutKeys(9, Input.KeyChange.LIST, Bytes.EMPTY));
        }
        me.effects.clear();
        me.hears(alive("me", 22, 9));
        assertThat(asked(me).name()).isEqualTo("_serf_conflict");
    }

    /** We are at address 1; the votes are for these addresses, 0 for Serf's answer that it knows nobody of the name. */
    @ParameterizedTest
    @ValueSource(strings = {"1", "1 1 22", "1 0 0", "0", "", "22", "1 22", "22 22 1"})
    void the_majority_of_those_that_know_decides_who_keeps_a_name(String votes) {
        me.knows(6).hears(alive("me", 22, 9));
        assertThat(asked(me).name()).isEqualTo("_serf_conflict");
        assertThat(asked(me).payload().utf8()).isEqualTo("me");
        int voter = 2;
        int forUs = 0;
        int all = 0;
        for (String vote : votes.isEmpty() ? new String[0] : votes.split(" ")) {
            int number = Integer.parseInt(vote);
            Bytes payload = number == 0
                    ? Bytes.hex("06c0")
                    : ConflictCodec.encode(
                            new ConflictCodec.Known("me", address(number).ip(), 7946, tags(), 1, Subject.VERSIONS));
            me.hears(user(new QueryResponse(asked(me).time(), asked(me).id(), "p" + voter++, 0, payload)));
            all += number == 0 ? 0 : 1;
            forUs += number == 1 ? 1 : 0;
        }
        me.passes(ofSeconds(4));
        boolean lost = all > 0 && forUs < all / 2 + 1;
        assertThat(me.notices(Notice.NameLost.class))
                .isEqualTo(lost ? List.of(new Notice.NameLost(forUs, all)) : List.of());
    }

    private Subject sealed() {
        return new Subject(settings -> settings.withKeys(List.of(OLD)));
    }

    private static Message keyQuery(long id, String name, Bytes key) {
        return user(query(id, 0, 0, List.of(), "_serf_" + name, key.isEmpty() ? Bytes.EMPTY : KeyCodec.request(key)));
    }

    private static KeyCodec.Reply reply(Subject of, Message query, Keyring ring) {
        return reply(of, query, ring, "");
    }

    /** {@code unkept}: why a changed ring could not be written. */
    private static KeyCodec.Reply reply(Subject of, Message query, Keyring ring, String unkept) {
        of.effects.clear();
        of.tells(new Input.Datagram(
                address(9),
                Packet.encode(List.of(MessageCodec.encode(query)), false, false, ring, new java.util.Random(1))));
        for (Notice.KeysChanged changed : List.copyOf(of.notices(Notice.KeysChanged.class))) {
            of.tells(new Input.KeysKept(changed.query(), unkept));
        }
        for (Effect.SendDatagram datagram : of.datagrams().toList()) {
            if (Packet.decode(datagram.payload(), ring) instanceof Decoded.Ok<Packet>(Packet packet)
                    && datagram.to().equals(address(9))
                    && packet.messages().getFirst() instanceof Message.User(Bytes payload)
                    && SerfCodec.decode(payload) instanceof Decoded.Ok<SerfMessage>(QueryResponse response)
                    && KeyCodec.readReply(response.payload()) instanceof Decoded.Ok<KeyCodec.Reply>(var reply)) {
                return reply;
            }
        }
        throw new AssertionError("no reply in " + of.effects);
    }

    @Test
    void a_key_that_comes_while_a_stream_is_open_opens_what_comes_over_it() {
        Subject node = sealed();
        node.tells(new Input.StreamAccepted(-1, address(9)));
        assertThat(reply(node, keyQuery(1, "install-key", NEW), new Keyring(List.of(OLD)))
                        .done())
                .isTrue();
        Bytes ping = StreamCodec.encode(
                new Message.Ping(7, "me", Bytes.EMPTY, 0, ""),
                false,
                new Keyring(List.of(NEW)),
                new java.util.Random(1));
        node.tells(new Input.StreamBytes(-1, ping));
        assertThat(node.gossip.counters()).doesNotContainKey("rejected-wrong-key");
        assertThat(node.effects).anyMatch(Effect.WriteStream.class::isInstance);
    }

    @Test
    void keys_are_installed_used_listed_and_removed_by_query_and_what_is_sent_is_sealed_accordingly() {
        Subject node = sealed();
        var old = new Keyring(List.of(OLD));
        var both = new Keyring(List.of(NEW, OLD));
        assertThat(reply(node, keyQuery(1, "install-key", NEW), old).done()).isTrue();
        assertThat(node.notices(Notice.KeysChanged.class))
                .containsExactly(new Notice.KeysChanged(1, List.of(OLD, NEW)));
        assertThat(reply(node, keyQuery(2, "list-keys", Bytes.EMPTY), old))
                .isEqualTo(new KeyCodec.Reply(
                        true,
                        "",
                        List.of("AAAAAAAAAAAAAAAAAAAAAA==", "AAECAwQFBgcICQoLDA0ODw=="),
                        "AAAAAAAAAAAAAAAAAAAAAA=="));
        assertThat(reply(node, keyQuery(3, "remove-key", OLD), old).done())
                .as("the primary stays")
                .isFalse();
        assertThat(reply(node, keyQuery(4, "use-key", NEW), both).done()).isTrue();
        assertThat(reply(node, keyQuery(5, "remove-key", OLD), new Keyring(List.of(NEW)))
                        .done())
                .isTrue();
        long refused = node.gossip.counters().getOrDefault("rejected-wrong-key", 0L);
        node.tells(new Input.Datagram(
                address(9),
                Packet.encode(List.of(MessageCodec.encode(alive(4, 1))), false, false, old, new java.util.Random(2))));
        assertThat(node.gossip.counters().get("rejected-wrong-key")).isEqualTo(refused + 1);
        assertThat(node.counted(Counter.KEYS_CHANGED)).isEqualTo(3);
    }

    @Test
    void a_ring_that_cannot_be_kept_holds_and_is_a_failure() {
        Subject node = sealed();
        var old = new Keyring(List.of(OLD));
        KeyCodec.Reply reply =
                reply(node, keyQuery(1, "install-key", NEW), old, "the disk is full" + "!".repeat(1_024));
        assertThat(reply.done()).isFalse();
        assertThat(reply.message()).startsWith("the disk is full!").hasSize(200);
        assertThat(reply(node, keyQuery(2, "list-keys", Bytes.EMPTY), old).keys())
                .hasSize(2);
        node.effects.clear();
        node.tells(new Input.KeysKept(1, "")); // once more
        assertThat(node.effects).as("answered once").isEmpty();
    }

    @Test
    void bad_key_queries_are_answered_with_what_is_wrong() {
        assertThat(reply(me, keyQuery(1, "install-key", NEW), Keyring.PLAIN).message())
                .isEqualTo("No keyring to modify (encryption not enabled)");
        assertThat(reply(me, keyQuery(2, "list-keys", Bytes.EMPTY), Keyring.PLAIN)
                        .message())
                .isEqualTo("Keyring is empty (encryption not enabled)");
        Subject node = sealed();
        var ring = new Keyring(List.of(OLD));
        assertThat(reply(node, keyQuery(3, "use-key", NEW), ring).message()).contains("install it first");
        assertThat(reply(node, keyQuery(4, "install-key", Bytes.hex("0102")), ring)
                        .message())
                .contains("16, 24 or 32");
        Message garbage = user(query(5, 0, 0, List.of(), "_serf_use-key", Bytes.hex("07ff")));
        assertThat(reply(node, garbage, ring).done()).isFalse();
        assertThat(node.notices(Notice.KeysChanged.class)).isEmpty();
    }

    @Test
    void a_long_list_of_keys_is_cut_so_that_it_fits() {
        var keys = new ArrayList<Bytes>();
        for (int i = 0; i < 40; i++) {
            var key = new byte[32];
            key[0] = (byte) i;
            keys.add(Bytes.of(key));
        }
        var node = new Subject(settings -> settings.withKeys(keys));
        KeyCodec.Reply reply = reply(node, keyQuery(1, "list-keys", Bytes.EMPTY), new Keyring(keys));
        assertThat(reply.keys()).hasSizeBetween(15, 25);
        assertThat(reply.message())
                .isEqualTo("truncated key list response, showing first "
                        + reply.keys().size() + " of 40 keys");
    }

    @Test
    void what_all_say_about_a_key_is_told_one_by_one() {
        me.knows(1).tells(new Input.AskAboutKeys(8, Input.KeyChange.LIST, Bytes.EMPTY));
        var theirs = new KeyCodec.Reply(true, "", List.of("AA=="), "AA==");
        me.hears(user(new QueryResponse(asked(me).time(), asked(me).id(), "p2", 0, KeyCodec.reply(theirs))));
        me.passes(ofMillis(1));
        assertThat(me.notices(Notice.KeyReply.class))
                .contains(new Notice.KeyReply(8, "p2", theirs))
                .hasSize(2);
        assertThat(me.notices(Notice.QueryEnded.class)).containsExactly(new Notice.QueryEnded(8, 2, 0, 2));
        me.tells(new Input.AskAboutKeys(9, Input.KeyChange.USE, Bytes.EMPTY));
        assertThat(me.notices(Notice.QueryRefused.class)).hasSize(1);
    }

    @Test
    void a_query_that_asks_others_to_be_silent_about_it_is_answered_all_the_same() {
        me.knows(1).hears(user(query(1, 0, Query.NO_BROADCAST, List.of(), "load", Bytes.EMPTY)));
        assertThat(me.notices(Notice.QueryHeard.class)).hasSize(1);
    }

    @Test
    void filters_have_serfs_bytes() {
        assertThat(FilterCodec.encode(new Filter.Nodes(List.of("py1")))).isEqualTo(Bytes.hex("0091a3707931"));
        assertThat(FilterCodec.encode(new Filter.Tag("role", "p.*")))
                .isEqualTo(Bytes.hex("0182a445787072a3702e2aa3546167a4726f6c65"));
        assertThat(FilterCodec.decode(Bytes.hex("0182a445787072a3702e2aa3546167a4726f6c65")))
                .isEqualTo(new Decoded.Ok<>(new Filter.Tag("role", "p.*")));
    }
}
