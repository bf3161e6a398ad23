import pytest

from harness.redis import RedisCluster, RedisServer


@pytest.fixture
def make_redis(daemons):
    return lambda name="redis", **options: daemons.keep(RedisServer(daemons.dir / name, **options))


@pytest.fixture
def redis(make_redis):
    return make_redis()


@pytest.fixture
def make_cluster(daemons):
    return lambda **options: daemons.keep(RedisCluster(daemons.dir / "cluster", **options))
