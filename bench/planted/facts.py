"""Sources with tellings that say the same anew: what a knowledge recipe wants; the stem is the source."""
# ruff: noqa: E501

FACTS: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "en": [
        (
            "The Lindau lighthouse was built between 1853 and 1856 at the western end of the harbour mole. It is 33 metres high and has a clock in its facade, which makes it one of the few lighthouses in the world with a clock.",
            (
                "Sailors on Lake Constance can read the time from a tower: Lindau's beacon, finished in 1856 after three years of work, carries a dial. It rises 33 metres above the mole.",
                "Q: What is odd about the beacon of Lindau? A: It tells the hour. Few others do. It was completed in 1856 and measures 33 metres.",
                "Anna: See the tower over there? Ben: The one with the dial? Anna: Yes, thirty-three metres, finished in 1856 after three years.",
            ),
        ),
        (
            "The kakapo is a nocturnal, flightless parrot of New Zealand. Adults weigh up to four kilograms, and they can live for more than ninety years. In 2022 there were about 250 of them, all of which have names.",
            (
                "Imagine a parrot that cannot fly, wakes at dusk, weighs as much as a house cat and may outlive its keeper. New Zealand counted some 250 kakapo in 2022, and knew each by name.",
                "Encyclopaedia entry. Kakapo: heavy parrot (to 4 kg), active at night, unable to fly, endemic to New Zealand, lifespan beyond 90 years, population near 250 in 2022.",
                "Exam question: Name two reasons why the kakapo is unusual among parrots. Model answer: no flight, and activity by night; its weight of 4 kg also counts.",
            ),
        ),
        (
            "The Great Fire of London began in a bakery in Pudding Lane on 2 September 1666 and burned for four days. It destroyed more than 13,000 houses and the old St Paul's Cathedral, but only a few deaths were recorded.",
            (
                "A baker's oven in Pudding Lane started it all: in early September 1666 flames ate through the City for four days. Some 13,000 homes and the former cathedral were gone afterwards, while hardly any deaths were written down.",
                "News, 6 September 1666: The fire is out. Over 13,000 houses lie in ashes, and so does St Paul's. Few people are reported dead.",
                "Teacher: Where did it break out? Pupil: At a baker's, in 1666. Teacher: And how long did it last? Pupil: Four days, and 13,000 houses were lost.",
            ),
        ),
        (
            "Paper was made in China by the second century. In the eighth century Chinese prisoners brought the craft to Samarkand, from where it spread to Baghdad, and in the twelfth century the first paper mills of Europe stood in Spain.",
            (
                "How did paper reach Europe? Slowly. China had it by about the year 200; captives taught it in Samarkand some six hundred years later; Baghdad followed; Spain opened mills in the 1100s.",
                "Timeline. 2nd century: China. 8th century: Samarkand, by way of captured craftsmen, then Baghdad. 12th century: Spanish mills.",
                "Without prisoners of war, Europe might have written on parchment much longer, for it was they who carried papermaking west to Samarkand.",
            ),
        ),
        (
            "The Mponeng gold mine in South Africa is the deepest mine in the world. It reaches almost four kilometres below the surface, where the rock is 66 degrees Celsius hot and ice slurry is pumped down to cool the air.",
            (
                "Nobody digs deeper than the miners of Mponeng in South Africa: nearly 4 km. Down there the stone would burn your hand at 66 °C, so slush is sent underground against the heat.",
                "Textbook box: At depth, temperature rises. Example: the South African gold mine Mponeng, about 4 km deep, rock at 66 °C, cooled with pumped ice.",
                "Dear diary, today we rode the lift to the bottom of Mponeng. Four kilometres! The walls have 66 degrees, and only slush from above makes breathing bearable.",
            ),
        ),
        (
            "Ada Lovelace published notes on Charles Babbage's Analytical Engine in 1843. Her note G describes how the machine could compute Bernoulli numbers and is often called the first computer program.",
            (
                "Long before there was a computer, there was a program. Lovelace wrote it in 1843, as note G of her commentary on Babbage's planned machine; its goal was the Bernoulli numbers.",
                "Which text counts as the earliest program? A method for Bernoulli numbers, printed in 1843 in a commentary by Ada Lovelace.",
                "Babbage designed an engine that was never finished. Lovelace saw what it might do, and in 1843 she showed, step by step, how Bernoulli numbers would come out of it.",
            ),
        ),
    ],
    "ja": [
        (
            "リンダウの灯台は1853年から1856年にかけて、港の防波堤の西端に建てられた。高さは33メートルで、正面に時計が付いており、時計のある灯台は世界でも数少ない。",
            (
                "ボーデン湖の船乗りは、塔を見上げれば時刻が分かる。三年がかりで1856年に完成したリンダウの灯台には、文字盤が備わっているからだ。塔は33メートルある。",
                "問：リンダウの塔の珍しい点は何か。答：時刻を知らせること。完成は1856年、33メートルの塔である。",
                "花子「あの塔、時計が付いてるね。」太郎「うん、33メートルあって、1856年にできたんだって。」",
            ),
        ),
        (
            "カカポはニュージーランドに生息する、飛べない夜行性のオウムである。成鳥は4キログラムにもなり、90年以上生きることがある。2022年には約250羽が確認され、そのすべてに名前が付けられている。",
            (
                "空を飛ばず、日が暮れてから起き出し、猫ほどの重さがあって、飼い主より長生きするかもしれないオウムがいる。2022年の時点でおよそ250羽、一羽一羽が名前で呼ばれている。",
                "事典：カカポ。夜に活動する大型のオウム。体重は最大4kg、飛行能力なし、寿命90年超。個体数は250ほど（2022年）。",
                "試験問題：カカポがほかのオウムと違う点を二つ述べよ。解答例：飛ばないこと、夜に動くこと。",
            ),
        ),
        (
            "ロンドン大火は1666年9月2日にプディング・レーンのパン屋から始まり、四日間燃え続けた。1万3千戸以上の家と旧セント・ポール大聖堂が焼失したが、記録された死者はわずかであった。",
            (
                "すべてはパン屋のかまどから始まった。1666年の秋、炎は四日のあいだシティをなめ尽くし、1万3千あまりの家と古い大聖堂を奪った。それでも死者の記録は数えるほどしかない。",
                "1666年9月6日の知らせ：火はようやく消えた。灰になった家は1万3千を超え、大聖堂も失われたが、亡くなった人は少ないという。",
                "先生「どこから出火しましたか。」生徒「パン屋です。」先生「何日続きましたか。」生徒「四日です。」",
            ),
        ),
        (
            "紙は二世紀までに中国で作られるようになった。八世紀に中国の捕虜がその技術をサマルカンドに伝え、そこからバグダッドへ広まり、十二世紀にはスペインにヨーロッパ最初の製紙工場ができた。",
            (
                "紙はどうやってヨーロッパに来たのか。答えは「ゆっくりと」である。中国で生まれた技は、六百年ほど後に捕らわれた職人の手でサマルカンドへ渡り、バグダッドを経て、1100年代のスペインで工場になった。",
                "年表。2世紀：中国。8世紀：サマルカンド、続いてバグダッド。12世紀：スペイン。",
                "もし戦で捕らえられた人々がいなかったら、西の世界はもっと長く羊皮紙に書いていたかもしれない。",
            ),
        ),
        (
            "南アフリカのムポネン金鉱は世界で最も深い鉱山である。地下およそ4キロメートルに達し、岩盤の温度は摂氏66度にもなるため、氷を混ぜた水を送り込んで空気を冷やしている。",
            (
                "ムポネンの鉱夫ほど深く掘る者はいない。4キロ近く下では、石に触れれば手をやけどするほど熱い。そこで地上からシャーベット状の氷が送られてくる。",
                "教科書の囲み：地下は深いほど熱い。例えば南アの金鉱ムポネンでは、深さ約4kmで岩が66℃にもなり、氷で冷房している。",
                "日記。今日、昇降機でムポネンの底まで降りた。壁は66度。上から来る氷がなければ、息もできない。",
            ),
        ),
        (
            "エイダ・ラブレスは1843年、チャールズ・バベッジの解析機関についての注釈を発表した。その注釈Gは、機械でベルヌーイ数を計算する方法を述べており、最初のコンピュータープログラムと呼ばれることが多い。",
            (
                "計算機より先にプログラムがあった。1843年にラブレスが書いたもので、バベッジの構想した機械でベルヌーイ数を求める手順である。",
                "最古のプログラムはどれか。ラブレスの注釈に載った、ベルヌーイ数の求め方がそう言われる。",
                "バベッジの機械は完成しなかった。それでもラブレスは、それが何をなしうるかを見抜き、ベルヌーイ数が出てくるまでの道筋を一歩ずつ示してみせた。",
            ),
        ),
    ],
}
