"""What was sent, what a 250 promised and what arrived: by tag (the sender's local part), with the hash of the body."""
import bisect
import collections
import hashlib


def digest(body):
    return hashlib.sha256(body).hexdigest()


def tag_of(address):
    return address.split("@")[0]


def received(peer):
    """[(tag, body)] of what a scripted peer took."""
    return [(tag_of(message.sender), message.body) for message in list(peer.messages)]


class Ledger:
    """Written by many senders at once, each of which has tags of its own."""

    def __init__(self):
        self.sent, self.promised = {}, {}
        self.refused = collections.Counter()  # by reply code, "closed", or what else was wrong

    def send(self, tag, body):
        """`body` as it is on the wire."""
        self.sent[tag] = digest(body)

    def answer(self, tag, reply):
        """To the end of data, or to what was refused before it; whether it was a promise."""
        if reply.code == 250:
            self.promised[tag] = self.sent[tag]
        else:
            self.refused[reply.code] += 1
        return reply.code == 250

    def arrived(self, messages):
        """How often each tag is in `messages`, [(tag, body)]; nothing in it may be changed, cut or invented."""
        found = collections.Counter()
        for tag, body in messages:
            assert self.sent.get(tag) == digest(body), f"{tag} is not what was sent"
            found[tag] += 1
        return found

    def missing(self, messages):
        """Tags that were promised and are not there."""
        return sorted(self.promised.keys() - {tag for tag, _ in messages})

    def check_each_once(self, messages):
        """What was promised is there, and only that, and not twice."""
        found = self.arrived(messages)
        assert not (lost := self.missing(messages)), f"lost: {lost[:20]}"
        assert not (extra := found - collections.Counter(self.promised.keys())), f"twice, or refused: {sorted(extra)[:20]}"


class Lives:
    """What came again from a server that is killed now and then. The clock is the number of promises made so far."""

    def __init__(self, peer, ledger):
        self.peer, self.ledger = peer, ledger
        self.sessions, self.ends = [], []  # how many there had been when each life ended, and when that was
        peer.clock = lambda: len(ledger.promised)

    def end(self):
        """The server has just been killed."""
        self.sessions.append(len(self.peer.sessions))
        self.ends.append(self.peer.clock())

    def _deliveries(self):
        """By tag, [(life, when)]."""
        life_of = {id(session): bisect.bisect(self.sessions, i) for i, session in enumerate(self.peer.sessions)}
        found = collections.defaultdict(list)
        for message in list(self.peer.messages):
            found[tag_of(message.sender)].append((life_of[id(message.session)], message.at))
        return found

    def count_repeats(self, senders, groups=5):
        """How many deliveries came again in a later life, and none in the same. What was promised to somebody is on disk, and all
        that was known to be delivered before is so with it: nothing may come again that had been delivered when each of the
        senders still got `groups` promises, one after the other."""
        repeats = []
        for tag, those in self._deliveries().items():
            assert len({life for life, _ in those}) == len(those), f"{tag} came twice though the server lived on"
            repeats += [(self.ends[life] - at, tag) for life, at in sorted(those)[:-1]]
        late = sorted((lag, tag) for lag, tag in repeats if lag > groups * senders)
        assert not late, f"came again though delivered that many promises before the crash: {late[-20:]}"
        return len(repeats)
