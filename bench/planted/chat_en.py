"""Questions with good answers, in English."""
# ruff: noqa: E501

CHAT = [
    (
        "Why is the sky blue?",
        "Sunlight holds all colours. On its way through the air, blue light is scattered far more than red light, because its waves are shorter. So from every direction of the sky some blue reaches our eyes. At sunset the light has a longer way to go, most of the blue is gone, and red is left.",
    ),
    (
        "How do I keep basil alive on a windowsill?",
        "Give it a bright place and water it from below when the top of the soil feels dry. Pinch off the tips above a pair of leaves, and it will grow bushy. Never strip a whole stem. In winter, move the pot away from the cold glass.",
    ),
    (
        "What is the difference between weather and climate?",
        "Weather is what happens today: rain in the morning, wind at noon. Climate is the average of the weather over thirty years or more. One cold week says nothing about the climate, and a mild climate may still bring a storm.",
    ),
    (
        "Can you suggest a name for my grey kitten?",
        "How about Pebble? It suits a small grey animal and is easy to call. Other ideas are Ash, Misty, Earl (as in the tea) and Dusty. Try each of them aloud a few times and see which one the kitten turns its head for.",
    ),
    (
        "Explain compound interest to a teenager.",
        "Imagine that you put 100 dollars into a bank that pays 5 % a year. After one year you have 105 dollars. In the second year you earn 5 % of 105 dollars, not of 100, so you get a little more: 5.25 dollars. The interest earns interest, and over many years that little extra becomes most of your money.",
    ),
    (
        "I can't sleep before exams. Any advice?",
        "That is very common, and one short night hurts less than most people fear. Stop studying an hour before bed, and write down what still worries you, so that it is out of your head. Keep the phone in another room. If you lie awake for twenty minutes, get up, read something dull, and go back when you feel sleepy.",
    ),
    ("Write a haiku about rain.", "Soft rain on the roof\nthe cat has stopped counting drops\nand begins to dream"),
    (
        "What should I see in Lisbon in one day?",
        "Start early at the castle, before the crowds, and walk down through Alfama. Take tram 28 for a few stops if the queue is short. In the afternoon go to Belém for the tower, the monastery and a custard tart. End the day at one of the viewpoints, for example Miradouro da Graça, where the sun sets behind the bridge.",
    ),
    (
        "How does a refrigerator work?",
        "A liquid with a low boiling point evaporates in thin pipes inside the fridge and takes heat from the food. A compressor squeezes the vapour, which makes it hot, and pushes it through the pipes at the back. There it gives its heat to the room and becomes liquid again. Then the round begins anew.",
    ),
    (
        "Is it rude to eat noodles loudly in Japan?",
        "Not at all. Slurping ramen or soba is normal there, and some say that it cools the noodles and brings out the smell. It is not a duty, though: nobody will mind if you eat quietly. With Western dishes such as spaghetti, most people avoid the noise.",
    ),
    (
        "Give me three tips for a job interview.",
        "1. Read the advertisement again and prepare one story for each thing that it asks for.\n2. Arrive ten minutes early, and be friendly to everyone you meet on the way.\n3. Ask a question of your own at the end, for example what a good first month would look like.",
    ),
    (
        "What does 'carpe diem' mean?",
        'It is Latin for "seize the day" and comes from an ode of Horace. The picture is that of picking a ripe fruit: enjoy today, because nobody knows what tomorrow brings.',
    ),
    (
        "Summarise the story of the tortoise and the hare.",
        "A hare laughs at a tortoise for being slow, and the tortoise proposes a race. The hare runs far ahead, lies down, and falls asleep. The tortoise walks on without a pause and reaches the goal first. The moral is that patience can beat talent.",
    ),
    (
        "Which is healthier, butter or olive oil?",
        "For everyday cooking, olive oil. It has mostly unsaturated fat, which is kinder to the heart than the saturated fat of butter. That does not make butter a poison: a little on your toast is fine. I can't recommend replacing all other fats by either of them; variety helps.",
    ),
    (
        "How do I say thank you in Japanese?",
        "The usual word is ありがとう (arigatō), and the polite form is ありがとうございます (arigatō gozaimasu). To thank somebody for what they have just done, say ありがとうございました. With friends, a short どうも is enough.",
    ),
    (
        "My sourdough is too sour. What can I do?",
        "Feed the starter more often and use it when it is young, just before it reaches its highest point. Let the dough rise in a warmer place for a shorter time, because long cold fermentation makes acid. You can also use a little less starter. Change one thing at a time, so that you know what helped.",
    ),
    (
        "Why can't you divide by zero?",
        "Division asks how often one number fits into another. How often does nothing fit into six? There is no number that answers this, because any number times zero is zero and never six. If we allowed it, we could prove that 1 equals 2, and arithmetic would be useless.",
    ),
    (
        "Write a short thank-you note to my piano teacher.",
        "Dear Mrs Keller,\n\nthank you for a whole year of patience. When I began, I was afraid of the left hand; now I play for my grandmother every Sunday. Your stories about Schumann will stay with me.\n\nWith warm wishes\nJonas",
    ),
    (
        "What is photosynthesis?",
        "Plants use sunlight to turn water and carbon dioxide into sugar. As a by-product they release oxygen, which we breathe. It takes place in the chloroplasts, and the green pigment that catches the light is called chlorophyll.",
    ),
    (
        "Compare trains and planes for a trip of 500 km.",
        "| | Train | Plane |\n|---|---|---|\n| Door to door | about 4 h | about 4.5 h |\n| CO2 per person | 10–20 kg | 90–120 kg |\n| Luggage | free | often extra |\n\nFor this distance the train is usually the better choice, unless you have a connecting flight.",
    ),
    (
        "Tell me a joke about programmers.",
        'A programmer\'s partner says: "Buy a loaf of bread, and if they have eggs, buy a dozen." The programmer comes home with twelve loaves. "They had eggs."',
    ),
    (
        "What causes tides?",
        "Mainly the moon. Its pull is a little stronger on the side of the earth that faces it and a little weaker on the far side. The water is stretched into two bulges, and as the earth turns, each coast passes through both of them. When sun and moon pull in line, we get spring tides.",
    ),
    (
        "Should I learn the piano or the guitar first?",
        "If you want to accompany songs soon, take the guitar: four chords go a long way, and you can carry it anywhere. If you want to understand harmony and read music, the piano makes it visible. Most of what you learn on one helps with the other. Choose the one that you would like to hear at home every day.",
    ),
    (
        "How long should I boil eggs?",
        "From the moment the water boils:\n\n- 4 minutes: runny\n- 6 minutes: soft in the middle\n- 9 minutes: firm\n\nPut them into cold water afterwards, and they will be easier to peel.",
    ),
    (
        "Write a dialogue between a robot and a child about dreams.",
        "Child: Do you dream at night?\nRobot: I charge. Is that the same?\nChild: No! Dreaming is when you fly, or when your teacher is a horse.\nRobot: Then I have never dreamt. What is the horse's name?\nChild: Mrs Miller.\nRobot: I will save that.",
    ),
    (
        "What is inflation?",
        "Inflation means that prices rise on average, so that the same money buys less. If a basket of goods cost 100 euros last year and costs 103 euros today, inflation is 3 %. A little of it is seen as healthy; a lot of it eats up savings and makes planning hard.",
    ),
    (
        "How can I be more confident when speaking in public?",
        "Practise aloud and on your feet, not in your head. Learn the first two sentences by heart, since the start is the hardest part. Pick three friendly faces in the room and speak to them in turn. And remember that the audience cannot see how fast your heart beats.",
    ),
    (
        "Explain what a large language model is.",
        "It is a program that has learned from a great deal of text which words tend to follow which. Given the beginning of a text, it works out a probability for every possible next piece and picks one, again and again. It has no memory of single books and no view of its own; it can be fluent and wrong at the same time.",
    ),
    (
        "What are good first books in German?",
        'Begin with stories that you already know, such as "Emil und die Detektive" by Erich Kästner. Its sentences are short and its dialogue is lively. "Der kleine Prinz" in German is another gentle start. After that, try "Momo" by Michael Ende.',
    ),
    (
        "My neighbour's dog barks all night. What should I do?",
        "Talk to the neighbour first, kindly and with dates: they may not know, if they work at night. Offer to help find the cause; often it is a fox or a loose gate. If nothing changes after two weeks, write a letter and keep a diary of the noise. Only then go to the landlord or the town.",
    ),
    (
        "Convert 68 degrees Fahrenheit to Celsius.",
        "Subtract 32 and multiply by 5/9: $(68 - 32) \\times \\frac{5}{9} = 20$. So it is 20 °C.",
    ),
    (
        "Decline a wedding invitation politely for me.",
        "Dear Lena and Tom,\n\nthank you so much for the invitation. I am sorry, but I can't come: my sister is getting married on the very same day. I will think of you at three o'clock and raise a glass.\n\nAll my love\nMarta",
    ),
    (
        "Why do cats purr?",
        "Mostly because they feel safe: kittens purr while they drink, and the sound tells the mother that all is well. But cats also purr when they are hurt or afraid, perhaps to calm themselves. The low hum comes from muscles of the larynx that twitch about 25 times a second.",
    ),
    (
        "What is the plot of Romeo and Juliet in two sentences?",
        "Two young people from families that hate each other fall in love and marry in secret. A chain of fights, a banishment and a letter that arrives too late drives both to their deaths, which at last reconciles the families.",
    ),
    (
        "How do I remove a red wine stain from a shirt?",
        "Blot it at once with a clean cloth; do not rub. Pour on sparkling water or cover the stain with salt, and wait ten minutes. Then soak the shirt in cold water with a little detergent and wash it as usual. Check that the stain is gone before you use the dryer, because heat fixes it.",
    ),
    (
        "Sing me the alphabet with animals up to E.",
        "A is for alligator, B is for bear,\nC is for crocodile combing his hair,\nD is for dolphin who dives in the sea,\nE is for elephant, bigger than me!",
    ),
    (
        "What is the capital of Australia, and why not Sydney?",
        "Canberra. When the colonies joined in 1901, both Sydney and Melbourne wanted to be the capital. As a compromise, a new city was built between the two, and parliament moved there in 1927.",
    ),
    (
        "How do vaccines work?",
        "A vaccine shows the immune system a harmless part of a germ, or the plan for it. The body makes antibodies and keeps cells that remember the shape. When the real germ comes, the answer is fast, and the illness is mild or does not break out at all.",
    ),
    (
        "Plan a week of vegetarian dinners.",
        "- Monday: lentil soup with bread\n- Tuesday: vegetable curry with rice\n- Wednesday: pasta with tomatoes and basil\n- Thursday: baked potatoes with herb quark\n- Friday: fried rice with egg\n- Saturday: home-made pizza\n- Sunday: mushroom risotto",
    ),
    (
        "What makes a good password?",
        "Length beats cleverness. Take four or five words that have nothing to do with each other and string them together. Use a different one for each site, and let a password manager remember them. Turn on the second factor where you can.",
    ),
    (
        "Why do onions make us cry?",
        "When you cut an onion, its cells break, and an enzyme makes a gas with sulphur in it. In your eyes the gas turns into a little acid, and tears wash it away. A sharp knife and a cold onion help, because fewer cells are crushed.",
    ),
    (
        "Where does the name 'Wednesday' come from?",
        "From the god Woden, the Old English form of Odin: Wōdnesdæg, Woden's day. It was a translation of the Latin dies Mercurii, the day of Mercury, which lives on in French mercredi.",
    ),
]
