1757003425@d7ef132b5d7711eea8c8000c29c33806@00/00-00000-00000000@c4d3f6a0-57c1-4b59-8a8e-2b7a4f7c9e02@B@bob@example.fict@info@postalengine.com@pool0@ip1@4@10@201@192.0.2.9@550 5.1.1 no such user
1757003425@d7ef132b5d7711eea8c8000c29c33806@00/00-00000-00000000@c4d3f6a0-57c1-4b59-8a8e-2b7a4f7c9e02@T@bob@example.fict@info@postalengine.com@pool0@ip1@2@70@201@192.0.2.9@451 later
1757003425@d7ef132b5d7711eea8c8000c29c33806@00/00-00000-00000000@00/00-00000-00000000@B@bob@example.fict@info@postalengine.com@default@default@0@1@201@@551 message expired
1757003425@d7ef132b5d7711eea8c8000c29c33806@00/00-00000-00000000@00/00-00000-00000000@B@bob@example.fict@info@postalengine.com@default@default@21@1@201@@550 came back
1757003460@@@@M1
